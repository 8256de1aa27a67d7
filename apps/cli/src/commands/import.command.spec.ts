import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pipelineAt, topicAt } from '../../../../test/cli/answers.js';
import { FakeApi } from '../../../../test/cli/fake-api.js';
import { runCommand, type Ran } from '../../../../test/cli/run-command.js';

const FIXTURES = fileURLToPath(new URL('../../../../test/fixtures/cloudtrail/', import.meta.url));
const SAMPLES = ['invictus', 'ec2_proxy_exfiltration'] as const;
const expected = JSON.parse(readFileSync(join(FIXTURES, 'expected.json'), 'utf8')) as Record<
  string,
  { records: number; events: number; types: Record<string, number> }
>;
const TYPES: Readonly<Record<string, string>> = {
  'keywatch.key.request-made.v1': 'request',
  'keywatch.key.created.v1': 'key.created',
  'keywatch.key.revoked.v1': 'key.revoked',
};

const EVENT = {
  specversion: '1.0',
  id: 'e1',
  source: 'urn:test',
  type: 'keywatch.key.request-made.v1',
  subject: 'k1',
  time: '2026-11-24T12:00:00Z',
  data: { status: 200 },
};

let api: FakeApi;
let dir: string;

beforeEach(async () => {
  api = new FakeApi();
  await api.start();
  dir = await mkdtemp(join(tmpdir(), 'keywatch-import-'));
});

afterEach(async () => {
  await api.stop();
  await rm(dir, { recursive: true, force: true });
});

const importing = (...argv: string[]): Promise<Ran> =>
  runCommand(['import', ...argv], api.settings);

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, content);
  return path;
}

describe('importing the CloudTrail samples', () => {
  it.each(SAMPLES)('reads and publishes of %s what is expected', async (sample) => {
    const { out, code } = await importing(
      'cloudtrail',
      join(FIXTURES, `${sample}.jsonl.gz`),
      '--json',
    );
    const { records = 0, events = 0, types } = expected[sample] ?? {};
    expect(JSON.parse(out)).toMatchObject({
      source: 'cloudtrail',
      lane: `cloudtrail-${sample}`,
      waited: false,
      read: records,
      published: events,
      rejected: 0,
    });
    expect(code).toBe(0);
    const counts = Object.groupBy(api.events, ({ type }) => TYPES[type] ?? type);
    expect(
      Object.fromEntries(Object.entries(counts).map(([type, of]) => [type, of?.length])),
    ).toEqual(types);
    expect(new Set(api.events.map(({ lane }) => lane))).toEqual(new Set([`cloudtrail-${sample}`]));
  });
});

describe('importing', () => {
  it('names file and line of what is rejected, takes the rest, and ends with 1', async () => {
    const path = await file(
      'mixed.jsonl',
      [
        JSON.stringify(EVENT),
        'no json',
        JSON.stringify({ ...EVENT, id: 'e2', subject: undefined }),
      ].join('\n'),
    );
    const { out, code } = await importing('cloudevents', path);
    expect(out).toContain(
      '3 records read, 1 event published in lane cloudevents-mixed, 2 records rejected.',
    );
    expect(out).toContain(`${path}:2: not JSON`);
    expect(out).toContain(`${path}:3: `);
    expect(code).toBe(1);
  });

  it('names the record where a line holds a list', async () => {
    const path = await file('list.json', JSON.stringify([EVENT, { nothing: true }]));
    expect((await importing('cloudevents', path)).out).toContain(`${path}:1 (record 2): `);
  });

  it('reads gzip whatever the name', async () => {
    const path = await file('events', gzipSync(`${JSON.stringify(EVENT)}\n`));
    expect((await importing('cloudevents', path)).out).toMatch(/^1 record read, 1 event published/);
  });

  it('gives events the lane and the tenant that are asked for', async () => {
    const path = await file('a.json', JSON.stringify(EVENT));
    await importing('cloudevents', path, '--lane', 'old', '--tenant', 'acme');
    expect(api.events[0]).toMatchObject({ lane: 'old', tenantid: 'acme' });
  });

  it('refuses the lane of live traffic: old logs would page people', async () => {
    const path = await file('a.json', JSON.stringify(EVENT));
    const { err, code } = await importing('cloudevents', path, '--lane', 'live');
    expect(err).toContain('Old logs fold apart from live traffic');
    expect(code).toBe(2);
    expect(api.asked).toEqual([]);
  });

  it('checks all files before it sends anything', async () => {
    const path = await file('a.json', JSON.stringify(EVENT));
    const { err, code } = await importing('cloudevents', path, join(dir, 'missing.json'));
    expect(err).toMatch(/^There is no file .*missing\.json/);
    expect(code).toBe(2);
    expect(api.asked).toEqual([]);
  });

  it('says of a folder how to name its files', async () => {
    const { err, code } = await importing('cloudtrail', dir);
    expect(err).toBe(`${dir} is a folder; name its files, for example ${dir}/*.json.gz\n`);
    expect(code).toBe(2);
  });

  it('knows its sources', async () => {
    const { err, code } = await importing('syslog', 'x');
    expect(err).toContain(
      'There are cloudtrail, cloudevents, github-secret-scanning, jsonl, access-log.',
    );
    expect(code).toBe(2);
  });

  it('says what was published when the API goes away for good', async () => {
    api.answer = (_, response) => {
      response.writeHead(401, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify({ detail: 'Send the header Authorization.' }));
    };
    const path = await file('a.json', JSON.stringify(EVENT));
    const { err, code } = await importing('cloudevents', path);
    expect(err).toMatch(/^Ended early: 1 record read, 0 events published in lane cloudevents-a\./);
    expect(err).toContain('Send the header Authorization.');
    expect(code).toBe(2);
  });
});

describe('importing with a mapping', () => {
  const LINES = [
    '203.0.113.7 - - [24/Nov/2026:12:00:00 +0000] "GET /a?api_key=s3cret HTTP/1.1" 200 5 "-" "curl"',
    'broken',
    '203.0.113.7 - - [24/Nov/2026:12:00:01 +0000] "GET /health HTTP/1.1" 200 5 "-" "probe"',
  ];
  const KEY = 'key: { from: query, name: api_key }\n';

  it('files lines it can not read as dead letters, and all counts add up', async () => {
    const path = await file('access.log.gz', gzipSync(LINES.join('\n')));
    const mapping = await file('map.yaml', KEY);
    const { out, code } = await importing('access-log', path, '--mapping', mapping, '--json');
    expect(JSON.parse(out)).toMatchObject({
      source: 'access-log',
      lane: 'access-log-access',
      read: 3,
      published: 1,
      rejected: 1,
      deadLetters: 1,
      reasons: { 'not-an-access-log-line': 1 },
      skipped: { 'no-key': 1 },
      examples: [{ file: path, line: 2 }],
    });
    expect(code).toBe(1);
    expect(api.events.map(({ type }) => type).sort()).toEqual([
      'keywatch.import.line-rejected.v1',
      'keywatch.key.request-made.v1',
    ]);
    expect(JSON.stringify(api.events)).not.toContain('s3cret');
  });

  it('says where the rejected lines went', async () => {
    const path = await file('a.log', 'broken\n');
    const mapping = await file('map.yaml', KEY);
    const { out } = await importing('access-log', path, '--mapping', mapping);
    expect(out).toContain('1 of them is a dead letter, with file and line.');
    expect(out).toContain(`${path}:1: the line is neither`);
  });

  it('names every problem of the mapping before anything is sent', async () => {
    const path = await file('a.jsonl', '{}');
    const mapping = await file('map.json', JSON.stringify({ key: 'k', data: { status: 's' } }));
    const { err, code } = await importing('jsonl', path, '--mapping', mapping);
    expect(err).toContain(`${mapping} can't be used as mapping:\n  key: a JSON pointer begins`);
    expect(err).toContain('\n  data.status: a JSON pointer begins');
    expect(code).toBe(2);
    expect(api.asked).toEqual([]);
  });

  it('says of a file that is no YAML where it is not', async () => {
    const path = await file('a.jsonl', '{}');
    const mapping = await file('map.yaml', 'key: [');
    const { err } = await importing('jsonl', path, '--mapping', mapping);
    expect(err).toMatch(/map\.yaml is neither YAML nor JSON:\n .*line 1/);
  });

  it('says how many events a pointer that leads nowhere leaves without a time', async () => {
    const mapping = await file('m.yaml', 'key: /key\ntime: /when\n');
    const path = await file('a.jsonl', '{"key":"k1","at":"2026-11-24T12:00:00Z"}\n{"key":"k2"}');
    const { out } = await importing('jsonl', path, '--mapping', mapping);
    expect(out).toContain('2 events without a time');
    const asJson = await importing('jsonl', path, '--mapping', mapping, '--json');
    expect(JSON.parse(asJson.out)).toMatchObject({ published: 2, withoutTime: 2 });
  });

  it('says which pointers led nowhere in any record, and in how many', async () => {
    const mapping = await file(
      'm.yaml',
      'key: /key\ntime: /at\ndata: { status: /http/code, method: /http/verb, plan: /plan }\n',
    );
    const line = (http: object) =>
      JSON.stringify({ key: 'k1', at: '2026-11-24T12:00:00Z', http: { verb: null, ...http } });
    const path = await file('a.jsonl', `${line({ staus: 200 })}\n${line({ status: 200 })}`);
    const { out } = await importing('jsonl', path, '--mapping', mapping);
    expect(out).toContain('  /http/code (data.status) is in none of 2 records.');
    // What is there without a value, and what no request has, is no slip.
    expect(out.match(/is in none of/g)).toHaveLength(1);
    const asJson = await importing('jsonl', path, '--mapping', mapping, '--json');
    expect(JSON.parse(asJson.out)).toMatchObject({
      unmatched: [{ member: 'data.status', pointer: '/http/code', records: 2 }],
    });
  });

  it('says of a log that needs one', async () => {
    const { err, code } = await importing('jsonl', await file('a.jsonl', '{}'));
    expect(err).toContain('jsonl needs --mapping FILE');
    expect(code).toBe(2);
  });
});

describe('importing with --wait', () => {
  it('says that all is in and detected, once it is', async () => {
    const path = await file('a.json', JSON.stringify(EVENT));
    const { out, code } = await importing('cloudevents', path, '--wait');
    expect(out).toContain('All of it is in and detected.');
    expect(code).toBe(0);
  });

  it('ends with 1 where messages are missing', async () => {
    api.pipeline = {
      ...pipelineAt(),
      keyEvents: { ...topicAt(0, 9), state: 'gaps', reason: '9 messages are missing' },
    };
    const path = await file('a.json', JSON.stringify(EVENT));
    const { err, code } = await importing('cloudevents', path, '--wait');
    expect(err).toContain('Messages are missing: 9 messages are missing');
    expect(code).toBe(1);
  });

  it('ends at Ctrl-C with 130 and says what was published', async () => {
    const path = await file(
      'many.jsonl',
      Array.from({ length: 2500 }, (_, n) => JSON.stringify({ ...EVENT, id: `e${n}` })).join('\n'),
    );
    api.onBatch = () => {
      process.emit('SIGINT');
    };
    const { err, code } = await importing('cloudevents', path, '--wait');
    // The batch under way is finished: what is counted is all that is published.
    expect(err).toMatch(
      /^Ended early: \d[\d,]* records read, 1,000 events published in lane cloudevents-many\./,
    );
    expect(api.events).toHaveLength(1000);
    expect(code).toBe(130);
  });
});
