import { Readable } from 'node:stream';
import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { describe, expect, it, jest } from '@jest/globals';
import type { ClickHouse } from '../client.js';
import { intakeHeader } from '../rows/intake-header.js';
import { DeterministicInsertError } from './insert-errors.js';
import { IntakeWriter, type InsertRetry } from './intake-writer.js';

interface Exec {
  readonly query: string;
  readonly values: Readable;
  readonly clickhouse_settings: Record<string, unknown>;
  readonly abort_signal?: AbortSignal;
}

type FakeServer = ClickHouse & { readonly tries: (Exec & { body: string })[] };

/** A server that answers each try with the next of these; the last for ever. `undefined` is success. */
function server(...answers: (Error | undefined)[]): FakeServer {
  return serverThatSays(undefined, ...answers);
}

/** The same; `question` is what it answers to anything but an insert. */
function serverThatSays(
  question: Error | undefined,
  ...answers: (Error | undefined)[]
): FakeServer {
  const tries: (Exec & { body: string })[] = [];
  const exec = async (request: Exec): Promise<{ stream: Readable }> => {
    const body = Buffer.concat(await request.values.toArray()).toString();
    const answer = answers[Math.min(tries.length, answers.length - 1)];
    tries.push({ ...request, body });
    if (answer !== undefined) throw answer;
    return { stream: Readable.from([]) };
  };
  const command = (): Promise<void> =>
    question === undefined ? Promise.resolve() : Promise.reject(question);
  const client = { exec, command } as unknown as ClickHouseClient;
  return { client, reader: client, database: 'kw', close: () => Promise.resolve(), tries };
}

const clickhouseError = (code: string, type: string): ClickHouseError =>
  new ClickHouseError({ message: `said ${type}`, code, type });
const busy = clickhouseError('252', 'TOO_MANY_PARTS');
const strange = clickhouseError('1002', 'UNKNOWN_EXCEPTION');
const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
const ROW = Buffer.from([1]);
const HEADER = intakeHeader('delivery_event_intake').toString();
const fast = { backoff: { firstMs: 1, maxMs: 1 } };

describe('IntakeWriter', () => {
  it('sends rows behind what their columns are, with an explicit list of columns, one token and the pinned settings', async () => {
    const clickhouse = server(undefined);
    await new IntakeWriter(clickhouse, 'delivery_event_intake').write(
      [Buffer.from('one'), Buffer.from('two')],
      't/0/1-3/2@ff',
    );
    expect(clickhouse.tries).toHaveLength(1);
    const [sent] = clickhouse.tries;
    expect(sent?.query).toMatch(
      /^INSERT INTO kw\.delivery_event_intake \(kind, topic, partition, .*, at, data\) FORMAT RowBinaryWithNamesAndTypes$/,
    );
    expect(sent?.body).toBe(`${HEADER}onetwo`);
    expect(sent?.clickhouse_settings).toMatchObject({
      insert_deduplication_token: 't/0/1-3/2@ff',
      async_insert: 0,
      deduplicate_blocks_in_dependent_materialized_views: 1,
      max_partitions_per_insert_block: '0',
      input_format_parallel_parsing: 0,
    });
  });

  it('bytes larger than a chunk arrive whole', async () => {
    const clickhouse = server(undefined);
    const bytes = Buffer.alloc(3_000_001, 'x');
    await new IntakeWriter(clickhouse, 'key_event_intake').write(bytes, 't');
    expect(clickhouse.tries[0]?.body.slice(-bytes.length)).toBe(bytes.toString());
  });

  it('sends the same bytes under the same token again until they are in', async () => {
    const clickhouse = server(busy, reset, new Error('Timeout error.'), busy, undefined);
    const retries: InsertRetry[] = [];
    await new IntakeWriter(clickhouse, 'key_event_intake', fast).write([ROW], 'token', {
      onRetry: (retry) => retries.push(retry),
    });
    expect(clickhouse.tries).toHaveLength(5);
    const body = `${intakeHeader('key_event_intake').toString()}${ROW.toString()}`;
    expect(new Set(clickhouse.tries.map((sent) => sent.body))).toEqual(new Set([body]));
    expect(
      new Set(clickhouse.tries.map((t) => t.clickhouse_settings['insert_deduplication_token'])),
    ).toEqual(new Set(['token']));
    expect(retries.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(retries[1]?.error).toBe(reset);
  });

  it('an error that stays is not tried again, and names table, token and cause', async () => {
    const clickhouse = server(clickhouseError('16', 'NO_SUCH_COLUMN_IN_TABLE'));
    const onRetry = jest.fn();
    const write = new IntakeWriter(clickhouse, 'key_event_intake').write([ROW], 'tok', {
      onRetry,
    });
    await expect(write).rejects.toThrow(DeterministicInsertError);
    await expect(write).rejects.toThrow(
      /tok for kw\.key_event_intake.*NO_SUCH_COLUMN_IN_TABLE \(code 16\): said/,
    );
    expect(clickhouse.tries).toHaveLength(1);
    expect(onRetry).not.toHaveBeenCalled();
  });

  it('an answer nobody has classified is tried ten times in a row, then it stays', async () => {
    const clickhouse = server(strange);
    const write = new IntakeWriter(clickhouse, 'key_event_intake', fast).write([ROW], 'tok');
    await expect(write).rejects.toThrow(DeterministicInsertError);
    expect(clickhouse.tries).toHaveLength(10);
  });

  it('a passing error in between starts the count of unknown answers anew', async () => {
    const clickhouse = server(strange, strange, busy, strange, strange, undefined);
    const writer = new IntakeWriter(clickhouse, 'key_event_intake', {
      ...fast,
      unknownErrorLimit: 3,
    });
    await writer.write([ROW], 'tok');
    expect(clickhouse.tries).toHaveLength(6);
  });

  it('stops with the reason when it is aborted while it waits', async () => {
    const clickhouse = server(busy);
    const abort = new AbortController();
    const reason = new Error('partition lost');
    const writer = new IntakeWriter(clickhouse, 'key_event_intake', {
      backoff: { firstMs: 60_000, maxMs: 60_000 },
    });
    const write = writer.write([ROW], 'tok', {
      signal: abort.signal,
      onRetry: () => {
        setImmediate(() => {
          abort.abort(reason);
        });
      },
    });
    await expect(write).rejects.toBe(reason);
    expect(clickhouse.tries).toHaveLength(1);
  });

  it('sends nothing when it is aborted already', async () => {
    const clickhouse = server(undefined);
    const write = new IntakeWriter(clickhouse, 'key_event_intake').write([ROW], 'tok', {
      signal: AbortSignal.abort(new Error('stopping')),
    });
    await expect(write).rejects.toThrow('stopping');
    expect(clickhouse.tries).toHaveLength(0);
  });

  it('ends with the error of onRetry: a heartbeat that says the partition is gone', async () => {
    const clickhouse = server(busy);
    const rebalancing = new Error('rebalancing');
    const write = new IntakeWriter(clickhouse, 'key_event_intake', fast).write([ROW], 'tok', {
      onRetry: () => Promise.reject(rebalancing),
    });
    await expect(write).rejects.toBe(rebalancing);
    expect(clickhouse.tries).toHaveLength(1);
  });

  it('after three tries without an answer asks a small question, whose refusal ends the write', async () => {
    const refused = clickhouseError('516', 'AUTHENTICATION_FAILED');
    const clickhouse = serverThatSays(refused, reset);
    const write = new IntakeWriter(clickhouse, 'key_event_intake', fast).write([ROW], 'tok');
    await expect(write).rejects.toThrow(/tok for kw\.key_event_intake.*AUTHENTICATION_FAILED/);
    expect(clickhouse.tries).toHaveLength(3);
  });

  it.each([
    ['is fine', undefined],
    ['gets no answer either', reset],
    ['is not for this user, who may only insert', clickhouseError('497', 'ACCESS_DENIED')],
  ])('goes on trying when the small question %s', async (_, question) => {
    const clickhouse = serverThatSays(question, ...Array<Error>(7).fill(reset), undefined);
    await new IntakeWriter(clickhouse, 'key_event_intake', fast).write([ROW], 'tok');
    expect(clickhouse.tries).toHaveLength(8);
  });
});
