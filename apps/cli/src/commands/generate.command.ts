import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
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
import { fileError } from '../file-error.js';
import { EventPublisher } from '../import/event-publisher.js';
import { ImportCount } from '../import/import-count.js';
import { untilInterrupted } from '../interrupt.js';
import { count } from '../output/completeness.js';
import { pour, tell } from '../output/say.js';
import { numberIn, timeMs, wholeNumber } from '../parse.js';
import { cliSettings } from '../settings.js';

interface GenerateOptions {
  readonly seed: number;
  readonly keys: number;
  readonly days: number;
  readonly rate?: number;
  /** ms since 1970 */
  readonly end?: number;
  readonly anomalies?: Partial<Record<Plant, number>>;
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
    .option('--seed <n>', 'the same seed and --end, the same events', wholeNumber(0), 1)
    .option('--keys <n>', 'keys that are issued', wholeNumber(1), 200)
    .option('--days <n>', 'length of the window of requests, in days', numberIn(0.1, 3660), 7)
    .option(
      '--rate <n>',
      'requests per second over all keys (default: one per key every ten minutes)',
      numberIn(Number.MIN_VALUE, 1e7),
    )
    .option('--end <time>', 'end of the window (default: now)', timeMs)
    .option(
      '--anomalies <list>',
      `how many of which, such as stale-key=3,multi-environment-use=2; none: clean traffic. There are ${PLANTS.join(', ')}`,
      parseAnomalies,
    )
    .option('--truth <file>', 'write the planted anomalies to this file')
    .option('--out <file>', 'write the events to this file instead of standard output')
    .addOption(
      new Option('--publish', 'publish the events to the running stack instead').conflicts('out'),
    )
    .option('--lane <name>', 'lane of the events (default: live)')
    .option('--data <dir>', 'data folder of the running stack')
    .action(async (options: GenerateOptions) => {
      const traffic = trafficOf(options);
      const written =
        options.publish === true
          ? await publish(traffic, options)
          : await write(traffic, options.out);
      const { truth } = options;
      if (truth !== undefined) {
        await writeFile(truth, `${JSON.stringify(traffic.truth(), null, 2)}\n`).catch(
          cantWrite(truth),
        );
      }
      const planted = count(traffic.truth().length, 'planted anomaly', 'planted anomalies');
      tell(`${count(written, 'event')}, ${planted}${truth === undefined ? '' : ` (${truth})`}.`);
    });
}

function trafficOf(options: GenerateOptions): Traffic {
  const { seed, keys, days } = options;
  const endMs = options.end ?? Date.now();
  const traffic: TrafficOptions = {
    seed,
    keys,
    days,
    endMs,
    ...(options.rate === undefined ? {} : { ratePerSecond: options.rate }),
    ...(options.anomalies === undefined ? {} : { anomalies: options.anomalies }),
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

async function write({ events }: Traffic, file: string | undefined): Promise<number> {
  let written = 0;
  const lines = function* (): Generator<string> {
    for (const event of events) {
      written += 1;
      yield `${encodeKeyEvent(event).value}\n`;
    }
  };
  if (file === undefined) await pour(lines());
  else await pipeline(Readable.from(lines()), createWriteStream(file)).catch(cantWrite(file));
  return written;
}

function cantWrite(file: string): (error: unknown) => never {
  return (error) => {
    throw fileError(file, error, 'written');
  };
}

async function publish(traffic: Traffic, options: GenerateOptions): Promise<number> {
  const api = await apiOf(cliSettings(), options.data);
  const counted = new ImportCount();
  const publisher = new EventPublisher(api, counted, untilInterrupted().signal);
  try {
    for (const event of traffic.events) await publisher.add(event, { file: 'generated', line: 0 });
    await publisher.flush();
  } catch (error) {
    tell(`Ended early: ${count(counted.published, 'event')} published.`);
    throw error;
  }
  if (counted.rejected > 0) {
    const [example] = counted.examples;
    throw new CommandError(
      `${count(counted.rejected, 'event')} rejected, such as: ${example?.error ?? ''}`,
      1,
    );
  }
  return counted.published;
}
