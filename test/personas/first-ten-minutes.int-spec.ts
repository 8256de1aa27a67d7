import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readRuntime } from '@keywatch/local-stack';
import type { PlantedAnomaly } from '@keywatch/traffic';
import { SMTPServer } from 'smtp-server';
import { typed, UpStack, type Ended } from '../cli/up-stack.js';

/** What a person of each kind types in the first ten minutes, and what is printed then. */

const LIMIT_MS = 120_000;
/** Between two looks: the engine answers each, and has sweeps to do. */
const LOOK_MS = 2_000;
const ANOMALIES = [
  'stale-key=2',
  'unused-key=1',
  'never-used-key=1',
  'revoked-key-use=1',
  'use-after-leak-report=1',
  'multi-environment-use=1',
];

interface ListedAlert {
  readonly alertId: string;
  readonly rule: string;
  readonly keyId: string;
}

const mails: string[] = [];
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  onData(stream, _session, done) {
    let mail = '';
    stream.on('data', (chunk: Buffer) => (mail += chunk.toString()));
    stream.on('end', () => {
      // Lines of a quoted-printable text are broken anywhere.
      mails.push(mail.replaceAll('=\r\n', ''));
      done();
    });
  },
});

let stack: UpStack;
let printed: string;
let truth: PlantedAnomaly[];
/** Events that were generated. */
let events: number;

const keywatch = (...args: string[]): Promise<Ended> => stack.keywatch(...args);

/** What a command prints that goes well. */
async function output(...args: string[]): Promise<string> {
  const { code, out, err } = await keywatch(...args);
  expect({ args, code, err: code === 0 ? '' : err }).toEqual({ args, code: 0, err: '' });
  return out;
}

async function rowsOf<Row>(...args: string[]): Promise<Row[]> {
  const { rows } = JSON.parse(await output(...args, '--format', 'json')) as { rows: Row[] };
  return rows;
}

async function answerOf<Row>(query: string, ...args: string[]): Promise<Row[]> {
  const { data } = JSON.parse(await output('sql', query, '--format', 'json', ...args)) as {
    data: Row[];
  };
  return data;
}

const planted = (rule: string): string[] =>
  truth.filter((anomaly) => anomaly.rule === rule).map(({ keyId }) => keyId);

/** Asks until it is so: sweeps look every few seconds, and rows are there a second or two after their alert. */
async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await delay(LOOK_MS);
}

/** What the API lists, as the command would print it, at less than a process for each look. */
async function alertsNow(): Promise<ListedAlert[]> {
  const { api } = (await readRuntime(stack.folder)) ?? {};
  const answer = await fetch(`${api ?? ''}/api/v1/alerts?limit=1000`);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { rows: ListedAlert[] }).rows;
}

beforeAll(async () => {
  await new Promise<void>((done) => smtp.listen(0, '127.0.0.1', done));
  const { port } = smtp.server.address() as AddressInfo;
  stack = new UpStack({
    KEYWATCH_NOTIFY_SMTP_URL: `smtp://127.0.0.1:${port}`,
    KEYWATCH_SWEEP_SECONDS: '10',
  });
  printed = await stack.start();
  const file = join(stack.folder, 'truth.json');
  const traffic = ['--keys', '60', '--days', '14', '--rate', '0.005', '--seed', '11'];
  const generated = await keywatch(
    'generate',
    ...traffic,
    ...['--anomalies', ANOMALIES.join(','), '--truth', file, '--publish'],
  );
  expect(generated.code).toBe(0);
  events = Number(/^([\d,]+) events/.exec(generated.err)?.[1]?.replaceAll(',', ''));
  truth = JSON.parse(readFileSync(file, 'utf8')) as PlantedAnomaly[];
  await until(async () => {
    const alerts = await alertsNow();
    return truth.every(({ rule, keyId }) =>
      alerts.some((alert) => alert.rule === rule && alert.keyId === keyId),
    );
  });
}, LIMIT_MS);

afterAll(async () => {
  await stack.remove();
  await new Promise<void>((done) => {
    smtp.close(done);
  });
}, LIMIT_MS);

describe('a platform engineer', () => {
  it(
    'is told by up where everything is, and by doctor, verify and completeness that all is well',
    async () => {
      const runtime = await readRuntime(stack.folder);
      expect(printed).toContain(`API         ${runtime?.api ?? ''}/api/v1`);
      expect(printed).toContain(`ClickHouse  ${runtime?.clickhouse.url ?? ''}`);
      const checked = await output('doctor');
      for (const what of ['Node', 'Java', 'Kafka', 'ClickHouse']) expect(checked).toContain(what);
      expect(await output('verify')).toMatch(/Nothing is missing, nothing is there twice\.$/m);
      const proof = await output('report', 'completeness');
      expect(proof).toContain('every message is accounted for');
      expect(proof).toMatch(/^Complete up to .* · 0 dead letters · 0 duplicates dropped$/m);
    },
    LIMIT_MS,
  );

  it(
    'sees a bad line of an import as a dead letter with its file and line, and puts it away',
    async () => {
      const line = { id: 'e-1', key: 'key_new', at: new Date().toISOString(), code: 200 };
      const lines = join(stack.folder, 'gateway.jsonl');
      writeFileSync(lines, `${JSON.stringify(line)}\n{"id": "e-2", oops\n`);
      const mapping = join(stack.folder, 'mapping.yaml');
      writeFileSync(mapping, MAPPING);
      const { out } = await keywatch(
        ...['import', 'jsonl', lines, '--mapping', mapping],
        ...['--lane', 'try', '--wait', '--json'],
      );
      expect(JSON.parse(out)).toMatchObject({ read: 2, published: 1, rejected: 1 });
      const listed = await output('dead-letters', 'list');
      expect(listed).toContain('gateway.jsonl');
      expect(listed).toContain('1 dead letter');
      expect(await output('dead-letters', 'discard', '--all', '--note', 'a test line')).toBe(
        '1 dead letter discarded.\n',
      );
    },
    LIMIT_MS,
  );
});

describe('a security engineer', () => {
  it(
    'reads in words what happened, every planted anomaly among it',
    async () => {
      const table = await output('alerts');
      for (const { rule, keyId } of truth)
        expect(table).toMatch(
          new RegExp(
            `^[0-9a-f]{8} .* open +${rule} +${keyId} .* [Kk]ey ${keyId} (is|was|had|made)`,
            'm',
          ),
        );
      expect(table).toMatch(/Complete up to /);
    },
    LIMIT_MS,
  );

  it(
    'runs the query that an alert carries, and sees the very events',
    async () => {
      const [key = ''] = planted('revoked-key-use');
      const [alert] = await answerOf<{ query: string; last_event_id: string }>(
        "SELECT query, last_event_id FROM alerts WHERE rule = 'revoked-key-use' AND key_id = {key:String}",
        ...['--param', `key=${key}`],
      );
      const events = await answerOf<{ event_id: string }>(alert?.query ?? '');
      expect(events.map((row) => row.event_id)).toContain(alert?.last_event_id);
    },
    LIMIT_MS,
  );

  it(
    'asks who breaks before revoking a leaked key, and what happened to it',
    async () => {
      const [key = ''] = planted('use-after-leak-report');
      expect(await output('report', 'revoke-impact', key)).toMatch(/Revoking it breaks \d+ caller/);
      const trail = await output('report', 'audit-trail', key);
      for (const what of ['created', 'leak', 'use-after-leak-report'])
        expect(trail).toContain(what);
    },
    LIMIT_MS,
  );

  it(
    'opens one, takes it on, and it is no longer among those that wait',
    async () => {
      const [key = ''] = planted('revoked-key-use');
      const [alert] = await rowsOf<ListedAlert>('alerts', '--key', key);
      const id = alert?.alertId.slice(0, 8) ?? '';
      const shown = await output('alerts', 'show', id);
      for (const what of [
        'docs/runbooks/revoked-key-use.md',
        'FROM requests',
        'rule: revoked-key-use',
      ])
        expect(shown).toContain(what);
      await output('alerts', 'ack', id, '--why', 'a client that was forgotten');
      const waiting = await rowsOf<ListedAlert>('alerts', '--status', 'open');
      expect(waiting.map(({ alertId }) => alertId)).not.toContain(alert?.alertId);
      await output(
        ...['silence', 'add', '--rule', 'unused-key', '--for', '7d', '--why', 'migration week'],
      );
      expect(await output('silence', 'list')).toContain('migration week');
    },
    LIMIT_MS,
  );

  it(
    'lists the rules, and checks an exception before detection follows it',
    async () => {
      const rules = await output('rules', 'list');
      for (const { rule } of truth) expect(rules).toContain(rule);
      const settings = join(stack.folder, 'candidate.yaml');
      const [key = ''] = planted('multi-environment-use');
      writeFileSync(settings, EXCEPTION.replace('KEY', key));
      const right = await typed('rules', 'check', settings);
      expect(right).toMatchObject({ code: 0, out: expect.stringContaining('1 exception') });
      writeFileSync(settings, EXCEPTION.replace('KEY', key).replace('reason:', 'raeson:'));
      const wrong = await typed('rules', 'check', settings);
      expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('raeson') });
    },
    LIMIT_MS,
  );
});

describe('an owner of keys', () => {
  it(
    'gets one mail that names the old keys, who still calls with them, and what to do',
    async () => {
      await until(() =>
        planted('stale-key').every((key) => mails.some((mail) => mail.includes(key))),
      );
      for (const key of planted('stale-key')) {
        const [mail = ''] = mails.filter((one) => one.includes(key));
        expect(mail).toMatch(/^Subject: Please rotate /m);
        expect(mail).toMatch(/days old/);
        expect(mail).toMatch(/these callers break if it is revoked now|nobody was seen calling/);
        expect(mail).toContain('What to do');
      }
    },
    LIMIT_MS,
  );
});

describe('an analyst', () => {
  it(
    'counts every event once, in SQL and in the usage report',
    async () => {
      const [counted] = await answerOf<{ n: number }>(
        "SELECT (SELECT count() FROM requests WHERE lane = 'live') + (SELECT count() FROM key_changes WHERE lane = 'live') AS n",
      );
      expect(Number(counted?.n)).toBe(events);
      const usage = await rowsOf<{ requests: number }>('report', 'usage', '--limit', '1000');
      const [sum] = await answerOf<{ n: number }>('SELECT sum(requests) AS n FROM usage_by_hour');
      expect(usage.reduce((total, row) => total + row.requests, 0)).toBe(Number(sum?.n));
    },
    LIMIT_MS,
  );

  it(
    'finds saved questions, takes a table away as Parquet, and can change nothing',
    async () => {
      const saved = await output('sql', '--saved');
      expect(saved).toContain('freshness');
      expect(await output('sql', '--saved', 'freshness')).toContain('keywatch.key-events');
      const parquet = join(stack.folder, 'usage.parquet');
      await output('report', 'usage', '--format', 'parquet', '--out', parquet);
      expect(readFileSync(parquet).subarray(0, 4).toString()).toBe('PAR1');
      const refused = await keywatch('sql', 'TRUNCATE TABLE keywatch.key_events');
      expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/read|allowed/) });
      const [key = ''] = planted('unused-key');
      expect(await output('key-state', key)).toContain(key);
    },
    LIMIT_MS,
  );
});

const MAPPING = `source: urn:spec:gateway
type: request-made
id: /id
key: /key
time: { pointer: /at }
data: { status: /code }
`;

const EXCEPTION = `exceptions:
  - rule: multi-environment-use
    key: KEY
    reason: A release job that moves next month.
    expires: 2099-01-31
`;
