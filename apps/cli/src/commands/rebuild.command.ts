import { InvalidArgumentError, type Command } from 'commander';
import { REBUILDABLE, RebuildError, rebuildTable, type Rebuilt } from '@keywatch/clickhouse';
import { TOPICS } from '@keywatch/events';
import { CommandError } from '../command-error.js';
import { connect } from '../direct/connections.js';
import { untilInterrupted } from '../interrupt.js';
import { say, tell } from '../output/say.js';
import { mustBeStopped, mustHaveSettled } from '../ranges/ingest-group.js';
import { cliSettings } from '../settings.js';

interface Options {
  readonly acceptLoss?: true;
  readonly json?: true;
  readonly data?: string;
}

const NAMES = REBUILDABLE.map(({ table }) => table);
/** One slice of a large table may take this long. */
const REQUEST_TIMEOUT_MS = 1_800_000;

function tableNamed(text: string): string {
  if (text === 'all' || NAMES.includes(text)) return text;
  throw new InvalidArgumentError(`There are ${NAMES.join(', ')}, and all.`);
}

/** `keywatch rebuild TABLE|all`: from raw rows, while ingest is stopped. */
export function registerRebuild(program: Command): void {
  program
    .command('rebuild')
    .description(
      'build a table anew from raw rows, check it and put it in place of the old one; ingest must be stopped (keywatch up --servers-only)',
    )
    .argument('<table>', `${NAMES.join(', ')}, or all`, tableNamed)
    .option('--accept-loss', 'also where retention has removed raw rows that the table still has')
    .option('--json', 'print one JSON document')
    .option('--data <dir>', 'data folder of the running stack')
    .action(async (name: string, options: Options) => {
      const connections = await connect(cliSettings(), options.data, REQUEST_TIMEOUT_MS);
      try {
        const { admin, clickhouse } = connections;
        const stillStopped = async (): Promise<void> => {
          await mustBeStopped(admin);
          await mustHaveSettled(admin);
        };
        await stillStopped();
        const { signal } = untilInterrupted();
        const done: Rebuilt[] = [];
        for (const rebuildable of REBUILDABLE) {
          if (name !== 'all' && name !== rebuildable.table) continue;
          const rebuilt = await rebuildTable(clickhouse, rebuildable, {
            topics: {
              keyEvents: TOPICS.keyEvents.name,
              alertEvents: TOPICS.alertEvents.name,
              deliveryEvents: TOPICS.deliveryEvents.name,
            },
            acceptLoss: options.acceptLoss === true,
            stillStopped,
            signal,
            onSlice: (slice, of) => {
              if (of > 1) tell(`${rebuildable.table}: ${slice} of ${of} parts`);
            },
          }).catch((error: unknown) => {
            throw error instanceof RebuildError ? new CommandError(error.message, 1) : error;
          });
          done.push(rebuilt);
          if (options.json !== true) say(inWords(rebuilt));
        }
        if (options.json === true) say(JSON.stringify({ rebuilt: done }));
        else
          say('Rebuilt and equal to raw rows. Start ingest again; `keywatch verify` checks all.');
      } finally {
        await connections.close();
      }
    });
}

function inWords({ table, seconds, rawRows, before, after }: Rebuilt): string {
  const n = (value: number): string => value.toLocaleString('en-US');
  const rows = `${n(before.rows)} rows before, ${n(after.rows)} now`;
  const sum =
    before.sum === after.sum
      ? `sum ${n(after.sum)}`
      : `sum ${n(before.sum)} before, ${n(after.sum)} now`;
  return `${table}: ${rows}; ${sum}; from ${n(rawRows)} raw rows in ${seconds.toFixed(1)} s`;
}
