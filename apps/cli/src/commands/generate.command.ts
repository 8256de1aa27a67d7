import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { InvalidArgumentError, type Command } from 'commander';
import { encodeKeyEvent } from '@keywatch/events';
import {
  generateTraffic,
  PLANTS,
  type Plant,
  type Traffic,
  type TrafficOptions,
} from '@keywatch/traffic';
import { apiOf } from '../api/find-api.js';
import { CommandError } from '../command-error.js';
import { EventPublisher } from '../import/event-publisher.js';
import { ImportCount } from '../import/import-count.js';
import { untilInterrupted } from '../interrupt.js';
import { count } from '../output/completeness.js';
import { tell } from '../output/say.js';
import { cliSettings } from '../settings.js';

interface GenerateOptions {
  readonly seed: number;
  readonly keys: number;
  readonly days: number;
  readonly rate?: number;
  readonly end?: string;
  readonly anomalies?: string;
  readonly truth?: string;
  readonly out?: string;
  readonly publish?: true;
  readonly lane?: string;
  readonly data?: string;
}

/** `keywatch generate`: realistic traffic with known anomalies, as CloudEvents. */
export function registerGenerate(program: Command): void {
  program
    .command('generate')
    .description('generate realistic traffic with planted anomalies, as lines of CloudEvents')
    .option('--seed <n>', 'the same seed, the same events', Number, 1)
    .option('--keys <n>', 'keys that are issued', Number, 200)
    .option('--days <n>', 'length of the window of requests, in days', Number, 7)
    .option(
      '--rate <n>',
      'requests per second over all keys (default: one per key every ten minutes)',
      Number,
    )
    .option('--end <time>', 'end of the window (default: now)')
    .option(
      '--anomalies <list>',
      `how many of which, such as stale-key=3,multi-environment-use=2; none: clean traffic. There are ${PLANTS.join(', ')}`,
    )
    .option('--truth <file>', 'write the planted anomalies to this file')
    .option('--out <file>', 'write the events to this file instead of standard output')
    .option('--publish', 'publish the events to the running stack instead')
    .option('--lane <name>', 'lane of the events (default: live)')
    .option('--data <dir>', 'data folder of the running stack')
    .action(async (options: GenerateOptions) => {
      const traffic = trafficOf(options);
      const written =
        options.publish === true
          ? await publish(traffic, options)
          : await write(traffic, options.out);
      if (options.truth !== undefined)
        await writeFile(options.truth, `${JSON.stringify(traffic.truth(), null, 2)}\n`);
      tell(
        `${count(written, 'event')}, ${count(traffic.truth().length, 'planted anomaly', 'planted anomalies')}${options.truth === undefined ? '' : ` (${options.truth})`}.`,
      );
    });
}

function trafficOf(options: GenerateOptions): Traffic {
  const { seed, keys, days } = options;
  const endMs = options.end === undefined ? Date.now() : Date.parse(options.end);
  if (Number.isNaN(endMs))
    throw new CommandError('--end must be a time such as 2026-11-24T12:00:00Z.');
  const traffic: TrafficOptions = {
    seed,
    keys,
    days,
    endMs,
    ...(options.rate === undefined ? {} : { ratePerSecond: options.rate }),
    ...(options.anomalies === undefined ? {} : { anomalies: parseAnomalies(options.anomalies) }),
    ...(options.lane === undefined ? {} : { lane: options.lane }),
  };
  try {
    return generateTraffic(traffic);
  } catch (error) {
    throw error instanceof RangeError ? new CommandError(error.message) : error;
  }
}

/** `stale-key=3,multi-environment-use=2`, or `none`. */
export function parseAnomalies(text: string): Partial<Record<Plant, number>> {
  if (text === 'none') return {};
  return Object.fromEntries(
    text.split(',').map((part) => {
      const [plant = '', n = ''] = part.trim().split('=');
      if (!PLANTS.includes(plant as Plant) || !/^\d+$/.test(n)) {
        throw new InvalidArgumentError(
          `${part} is not NAME=COUNT with one of ${PLANTS.join(', ')}.`,
        );
      }
      return [plant, Number(n)];
    }),
  );
}

async function write(traffic: Traffic, file: string | undefined): Promise<number> {
  const out: Writable = file === undefined ? process.stdout : createWriteStream(file);
  let written = 0;
  for (const event of traffic.events) {
    written += 1;
    if (!out.write(`${encodeKeyEvent(event).value}\n`)) await once(out, 'drain');
  }
  if (file !== undefined) {
    out.end();
    await finished(out);
  }
  return written;
}

async function publish(traffic: Traffic, options: GenerateOptions): Promise<number> {
  const api = await apiOf(cliSettings(), options.data);
  const counted = new ImportCount();
  const publisher = new EventPublisher(api, counted, untilInterrupted().signal);
  let line = 0;
  for (const event of traffic.events) {
    line += 1;
    await publisher.add(event, { file: 'generated', line });
  }
  await publisher.flush();
  if (counted.rejected > 0)
    throw new CommandError(
      `${counted.rejected} events were rejected: ${JSON.stringify(counted.examples[0])}`,
      1,
    );
  return counted.published;
}
