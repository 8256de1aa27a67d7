import { describe, expect, it } from '@jest/globals';
import { createLog, createRegistry, KillSwitch } from '@keywatch/platform';
import { IngestMetrics } from './ingest-metrics.js';
import { IngestObserver } from './ingest-observer.js';
import { IngestStatus } from './ingest-status.js';

function observed() {
  const lines: string[] = [];
  const log = createLog({
    app: 'ingest',
    level: 'info',
    format: 'json',
    destination: { write: (line: string) => lines.push(line) },
  });
  const registry = createRegistry('ingest');
  const status = new IngestStatus();
  status.fine('start');
  const metrics = new IngestMetrics(registry, () => 4_096);
  const clock = { now: () => 61_000 };
  const observer = new IngestObserver(log, metrics, status, new KillSwitch(undefined), clock);
  const metric = async (name: string): Promise<string | undefined> =>
    (await registry.metrics()).split('\n').find((line) => line.startsWith(name));
  return { observer, lines, status, metric };
}

const BUILT = {
  bytes: Buffer.alloc(0),
  counts: {
    messages: 7,
    events: 3,
    duplicates: 2,
    conflicts: 1,
    deadLetters: 1,
    dropped: 1,
    firstLogTimeMs: 0,
    lastLogTimeMs: 60_000,
  },
  deadLetters: new Map([['not-json', 1]] as const),
};
const RANGE = { topic: 't', partition: 1, from: 0n, to: 7n, n: 7, crc: 1 };

describe('IngestObserver', () => {
  it('counts what a range held, and how far behind the log it is', async () => {
    const { observer, metric, lines } = observed();
    observer.inserted('t', 1, BUILT, 0.2);
    observer.written(RANGE, { behind: 5n, again: false });
    expect(await metric('keywatch_ingest_events_total{')).toMatch(/ 3$/);
    expect(await metric('keywatch_ingest_duplicates_total{')).toMatch(/ 2$/);
    expect(await metric('keywatch_ingest_dead_letters_total{topic="t"')).toMatch(
      /reason="not-json".* 1$/,
    );
    expect(await metric('keywatch_ingest_lag_messages{')).toMatch(/ 5$/);
    expect(await metric('keywatch_ingest_lag_seconds{')).toMatch(/ 1$/);
    expect(await metric('keywatch_ingest_bytes_in_flight')).toMatch(/ 4096$/);
    expect(lines.join()).toContain('a producer uses ids twice');
    observer.written(RANGE, { behind: 0n, again: true });
    expect(await metric('keywatch_ingest_lag_seconds{')).toMatch(/ 0$/);
  });

  it('is not ready while ClickHouse refuses, and ready when it takes the range', () => {
    const { observer, status } = observed();
    observer.retrying('t', 1, { attempt: 1, error: new Error('too many parts'), waitMs: 100 });
    expect(status.problems).toEqual(['ClickHouse does not take t/1: too many parts']);
    observer.inserted('t', 1, BUILT, 3);
    expect(status.problems).toEqual([]);
  });

  it('is not ready while positions can not be read', () => {
    const { observer, status } = observed();
    observer.readRetry.onRetry?.(new Error('no coordinator'));
    expect(status.problems).toEqual(['no coordinator']);
    observer.started('t', 1, 0n, 'the position of the group');
    expect(status.problems).toEqual([]);
  });

  it('is not ready while a partition is stopped by a flood, until it is read again', async () => {
    const { observer, status, metric, lines } = observed();
    observer.held('t', 1, 5n, 'a flood');
    observer.held('t', 2, 5n, 'another flood');
    expect(status.problems).toEqual(['a flood', 'another flood']);
    expect(await metric('keywatch_ingest_partitions_held{')).toMatch(/ 2$/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', msg: 'a flood', at: '5' });
    observer.started('t', 1, 5n, 'again');
    expect(status.problems).toEqual(['another flood']);
    expect(await metric('keywatch_ingest_partitions_held{')).toMatch(/ 1$/);
  });
});
