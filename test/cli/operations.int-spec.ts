import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CONSUMER_GROUPS,
  encodeKeyEvent,
  rejectedLineEvent,
  type OutgoingMessage,
} from '@keywatch/events';
import { startIngestStack, type IngestStack } from '../ingest/ingest-stack.js';
import { runCommand, type Ran } from './run-command.js';

const LIMIT_MS = 120_000;

let stack: IngestStack;
let empty: string;

beforeAll(async () => {
  empty = await mkdtemp(join(tmpdir(), 'keywatch-operations-'));
  stack = await startIngestStack();
}, LIMIT_MS);

afterAll(async () => {
  await stack.stop();
  await rm(empty, { recursive: true, force: true });
}, 60_000);

const keywatch = (...argv: string[]): Promise<Ran> =>
  runCommand([...argv, '--data', empty], stack.addresses);

const junk: OutgoingMessage = { key: 'k', value: 'no json', headers: {} };
const line: OutgoingMessage = {
  key: 'a:3',
  value: JSON.stringify(
    rejectedLineEvent({ file: 'a', line: 3, reason: 'no-key', error: 'no key', lane: 'old' }),
  ),
  headers: {},
};
const events = Array.from({ length: 5 }, (_, n) =>
  encodeKeyEvent({
    id: `e${n}`,
    source: 'urn:test',
    type: 'keywatch.key.request-made.v1',
    subject: 'key-1',
    time: new Date().toISOString(),
    data: { status: 200 },
  }),
);

async function ingestAll(): Promise<void> {
  const process = stack.ingest();
  await stack.caughtUp(process);
  process.kill('SIGTERM');
  expect(await process.ended).toBe(0);
}

interface Listed {
  readonly letters: readonly { readonly id: string; readonly reason: string; state: string }[];
  readonly counts: readonly { readonly reason: string; readonly state: string; count: number }[];
}
async function listed(...more: string[]): Promise<Listed> {
  return JSON.parse((await keywatch('dead-letters', 'list', '--json', ...more)).out) as Listed;
}

describe('dead letters', () => {
  it(
    'are listed, replayed where that helps, and put away',
    async () => {
      // Events first: a first send to new topics may be repeated, and only events are recognised when they come twice.
      await stack.produce(events);
      await stack.produce([junk, line]);
      await ingestAll();
      const { letters } = await listed();
      expect(letters.map(({ reason }) => reason).sort()).toEqual(['not-json', 'rejected-line']);
      const id = letters.find(({ reason }) => reason === 'not-json')?.id ?? '';

      const shown = await keywatch('dead-letters', 'show', id);
      expect(shown.out).toContain('reason   not-json: the value is not JSON');
      expect(shown.out).toContain('in log   yes');
      expect(shown.out).toContain('no json');

      const vague = await keywatch('dead-letters', 'replay');
      expect(vague).toMatchObject({ code: 2, err: expect.stringContaining('Which ones?') });

      const refused = await keywatch('dead-letters', 'replay', '--all');
      expect(refused.out).toContain('1 left: it would fail again: the value is not JSON');
      expect(refused.out).toContain('import the file again');
      expect(refused.out).toContain('0 dead letters replayed.');
      expect(refused.code).toBe(1);

      const forced = await keywatch('dead-letters', 'replay', id, '--force', '--note', 'a try');
      expect(forced).toMatchObject({ code: 0, out: expect.stringContaining(`${id}: replayed`) });
      await ingestAll();
      const again = await listed('--all');
      expect(again.letters.map(({ reason, state }) => `${reason} ${state}`).sort()).toEqual([
        'not-json open',
        'not-json replayed',
        'rejected-line open',
      ]);
      const looping = await keywatch('dead-letters', 'replay', '--reason', 'not-json');
      expect(looping.out).toContain('it was replayed and failed again as before');

      const away = await keywatch('dead-letters', 'discard', '--all', '--note', 'a test');
      expect(away.out).toBe('2 dead letters discarded.\n');
      expect((await keywatch('dead-letters', 'list')).out).toContain(
        '0 dead letters open; 1 replayed, 2 discarded.',
      );
      expect(await stack.wrong()).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('rebuilding', () => {
  it(
    'gives what was lost, while ingest is stopped only',
    async () => {
      await stack.clickhouse.client.command({ query: 'TRUNCATE TABLE keywatch.usage_1h' });
      expect(await stack.wrong()).toEqual([
        expect.stringContaining('Stop ingest and run `keywatch rebuild usage_1h`'),
      ]);
      const { out, code, err } = await keywatch('rebuild', 'all');
      expect(err).toBe('');
      expect(out).toContain('usage_1h: 0 rows before, 1 now; sum 0 before, 5 now; from 5 raw rows');
      expect(out).toContain('Rebuilt and equal to raw rows.');
      expect(code).toBe(0);
      expect(await stack.wrong()).toEqual([]);

      stack.ingest();
      await stack.eventually('ingest has joined its group', async () => {
        const { groups } = await stack.admin.describeGroups([CONSUMER_GROUPS.ingest]);
        return groups.some(({ members }) => members.length > 0);
      });
      expect(await keywatch('rebuild', 'usage_1h')).toMatchObject({
        code: 2,
        err: expect.stringContaining('Ingest runs'),
      });
    },
    LIMIT_MS,
  );
});
