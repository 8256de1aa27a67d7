import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readRuntime } from '@keywatch/local-stack';
import { UpStack } from './up-stack.js';

const FIXTURES = resolve('test/fixtures/cloudtrail');
const SAMPLE = join(FIXTURES, 'invictus.jsonl.gz');
const LIMIT_MS = 120_000;

interface Expected {
  readonly records: number;
  readonly events: number;
  readonly keys: Readonly<Record<string, Readonly<Record<string, number | string>>>>;
}

const expected = (
  JSON.parse(readFileSync(join(FIXTURES, 'expected.json'), 'utf8')) as { invictus: Expected }
).invictus;

const stack = new UpStack();
const keywatch = (...args: string[]) => stack.keywatch(...args);

beforeAll(async () => {
  await stack.start();
}, LIMIT_MS);

afterAll(() => stack.remove(), LIMIT_MS);

/** What the usage report says of each key, in the form of expected.json; times in ms. */
async function usage(): Promise<Record<string, Record<string, unknown>>> {
  const { code, out, err } = await keywatch('report', 'usage', '--format', 'json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const { rows } = JSON.parse(out) as { rows: Record<string, unknown>[] };
  return Object.fromEntries(
    rows.map(
      ({
        keyId,
        requests,
        errors,
        firstUsed,
        lastUsed,
        userAgents,
        endpoints,
        sourceAddresses,
      }) => [
        String(keyId),
        {
          requests,
          errors,
          firstUsed: Date.parse(String(firstUsed)),
          lastUsed: Date.parse(String(lastUsed)),
          userAgents,
          endpoints,
          sourceAddresses,
        },
      ],
    ),
  );
}

const wanted = Object.fromEntries(
  Object.entries(expected.keys).map(([key, facts]) => [
    key,
    {
      ...facts,
      firstUsed: Date.parse(String(facts['firstUsed'])),
      lastUsed: Date.parse(String(facts['lastUsed'])),
    },
  ]),
);

describe('keywatch up, from the command line', () => {
  it.each(['first', 'second'])(
    'the %s import of a sample gives exactly the expected usage',
    async (time) => {
      const { code, out } = await keywatch(
        'import',
        'cloudtrail',
        SAMPLE,
        '--lane',
        'old-logs',
        '--wait',
        '--json',
      );
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({
        read: expected.records,
        published: expected.events,
        rejected: 0,
      });
      expect(await usage()).toEqual(wanted);
      const verified = await keywatch('verify', '--json');
      expect(verified.code).toBe(0);
      expect(JSON.parse(verified.out)).toMatchObject({ ok: true });
      if (time === 'second') {
        const { out: table } = await keywatch('report', 'usage');
        expect(table).toContain(`${expected.events.toLocaleString('en-US')} duplicates dropped`);
      }
    },
    LIMIT_MS,
  );

  it(
    'alerts of an import are historical',
    async () => {
      const { code, out } = await keywatch('alerts', '--format', 'json');
      expect(code).toBe(0);
      const { rows } = JSON.parse(out) as { rows: { historical: boolean }[] };
      expect(rows.filter(({ historical }) => !historical)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'a list of alerts says until when it is complete',
    async () => {
      const { code, out } = await keywatch('alerts');
      expect(code).toBe(0);
      const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`;
      expect(out).toMatch(new RegExp(`^Complete up to ${time}`, 'm'));
      expect(out).toMatch(new RegExp(`^Detection looked up to ${time}$`, 'm'));
      expect(out).toMatch(
        new RegExp(`^Sweeps \\(last round ${time}\\): .*stale-key.* looked up to ${time}$`, 'm'),
      );
    },
    LIMIT_MS,
  );

  it(
    'refuses a second stack on the same folder',
    async () => {
      const { code, err } = await keywatch('up', '--port', '0');
      expect(code).not.toBe(0);
      expect(err).toContain(stack.folder);
    },
    LIMIT_MS,
  );

  it(
    'ends with everything that it started, and what is stored is there at the next start',
    async () => {
      const runtime = await readRuntime(stack.folder);
      expect(runtime?.pid).toBe(stack.pid);
      expect(await stack.stop()).toBe(0);
      expect(await readRuntime(stack.folder)).toBeUndefined();
      await expect(fetch(`${runtime?.api ?? ''}/health/live`)).rejects.toThrow();
      await expect(fetch(`${runtime?.clickhouse.url ?? ''}/ping`)).rejects.toThrow();
      const { code, err } = await keywatch('report', 'usage');
      expect(code).toBe(2);
      expect(err).toContain('npx keywatch up');
      await stack.start();
      expect(await usage()).toEqual(wanted);
    },
    LIMIT_MS,
  );
});
