import { describe, expect, it } from '@jest/globals';
import { identityOf, rejectedLineEvent } from '@keywatch/events';
import { HoldPartition, RangeFault, type KafkaMessage, type MessageRange } from '@keywatch/kafka';
import { aJunkMessage, aLogMessage, readIntakeRows } from '@keywatch/testing';
import { FLOOD_LIMITS } from '../flood/flood-guard.js';
import { IntakeSink, type IntakeRange, type StoredIdentities } from './intake-sink.js';
import { KEY_EVENT_ROWS } from './topic-rows.js';

const signal = new AbortController().signal;

function rangeOf(messages: KafkaMessage[]): MessageRange {
  const from = BigInt(messages[0]?.offset ?? 0);
  return {
    topic: 't',
    partition: 0,
    from,
    to: BigInt(messages.at(-1)?.offset ?? 0) + 1n,
    n: messages.length,
    crc: 1,
    messages,
    bodyCrcs: Uint32Array.from(messages, ({ value }) => value?.length ?? 0),
  };
}

const offsets = (from: number, to: number): KafkaMessage[] =>
  Array.from({ length: to - from }, (_, i) => aLogMessage({ offset: from + i }));

function sinkOf(
  stored: StoredIdentities['read'] = async function* () {
    // nothing is stored
  },
) {
  const asked: string[] = [];
  const writes: { bytes: Buffer; token: string }[] = [];
  const told: string[] = [];
  const sink = new IntakeSink({
    rows: KEY_EVENT_ROWS,
    writer: {
      write: async (bytes, token, options) => {
        await options?.onRetry?.({ attempt: 1, error: new Error('busy'), waitMs: 1 });
        writes.push({ bytes: bytes as Buffer, token });
      },
    },
    identities: {
      read: (topic, partition, from, before, aborted) => {
        asked.push(`${topic}/${partition} ${from}-${before}`);
        return stored(topic, partition, from, before, aborted);
      },
    },
    horizon: { messages: 100, ms: 86_400_000 },
    flood: { ...FLOOD_LIMITS, inARow: 5 },
    observer: {
      inserted: (_t, _p, { counts }) => told.push(`inserted ${counts.events}`),
      retrying: (_t, _p, { attempt }) => told.push(`retrying ${attempt}`),
      warmed: (_t, _p, known) => told.push(`warmed ${known}`),
    },
    retry: { firstMs: 1, maxMs: 1 },
  });
  const kinds = ({ bytes }: IntakeRange): unknown[] =>
    readIntakeRows('key_event_intake', bytes).map(({ kind }) => kind);
  return { sink, asked, writes, told, kinds };
}

const [EVENT, DUPLICATE, LETTER, RANGE] = [1, 2, 3, 4];

describe('IntakeSink', () => {
  it('makes a row of every message and one of the range', async () => {
    const { sink, kinds } = sinkOf();
    const twice = { ...aLogMessage({ offset: 0 }), offset: '2' };
    const junk = { ...aLogMessage({ offset: 3 }), value: Buffer.from('{') };
    const built = await sink.build(rangeOf([...offsets(0, 2), twice, junk]), signal);
    expect(kinds(built)).toEqual([EVENT, EVENT, DUPLICATE, LETTER, RANGE]);
    expect(built.counts).toMatchObject({
      messages: 4,
      events: 2,
      duplicates: 1,
      conflicts: 0,
      deadLetters: 1,
    });
    expect([...built.deadLetters]).toEqual([['not-json', 1]]);
  });

  it('makes the same bytes of the same range, however often it is built', async () => {
    const { sink } = sinkOf();
    await sink.build(rangeOf(offsets(0, 50)), signal);
    const again = rangeOf([...offsets(50, 60), { ...aLogMessage({ offset: 45 }), offset: '60' }]);
    const first = await sink.build(again, signal);
    const second = await sink.build(again, signal);
    expect(second.bytes.equals(first.bytes)).toBe(true);
    expect(second.counts.duplicates).toBe(1);
  });

  it('makes the same bytes in another process, which reads what stood before from the store', async () => {
    const repeated = { ...aLogMessage({ offset: 120 }), offset: '200' };
    const range = rangeOf([...offsets(150, 200), repeated]);
    const known = sinkOf();
    await known.sink.build(rangeOf(offsets(0, 150)), signal);
    const anew = sinkOf(async function* (_topic, _partition, from, before) {
      await Promise.resolve();
      yield offsets(from, before).map(({ offset, timestamp, value }) => ({
        identity: identityOf('default', '/spec', `event-${offset}`),
        crc: value?.length ?? 0,
        offset: Number(offset),
        logTimeMs: Number(timestamp),
      }));
    });
    const one = await known.sink.build(range, signal);
    const other = await anew.sink.build(range, signal);
    expect(anew.asked).toEqual(['t/0 50-150']);
    expect(one.counts.duplicates).toBe(1);
    expect(other.bytes.equals(one.bytes)).toBe(true);
  });

  it('reads the store again, from the start, when reading broke off', async () => {
    let tries = 0;
    const { sink, told } = sinkOf(async function* () {
      await Promise.resolve();
      tries += 1;
      yield [{ identity: '0'.repeat(32), crc: 1, offset: 5, logTimeMs: 0 }];
      if (tries < 3) throw new Error('reset');
    });
    await sink.build(rangeOf(offsets(10, 12)), signal);
    expect(tries).toBe(3);
    expect(told).toEqual(['warmed 1']);
  });

  it('gives up where the store will never answer', async () => {
    // eslint-disable-next-line require-yield -- it fails before
    const { sink } = sinkOf(async function* () {
      await Promise.reject(new RangeFault('no such table'));
    });
    await expect(sink.build(rangeOf(offsets(10, 12)), signal)).rejects.toThrow('no such table');
  });

  it('holds the partition at a flood, and does so again when the range is built again', async () => {
    const { sink } = sinkOf();
    const letters = Array.from({ length: 6 }, (_, i) => aJunkMessage(i + 2));
    const range = rangeOf([...offsets(0, 2), ...letters]);
    await expect(sink.build(range, signal)).rejects.toThrow(HoldPartition);
    await expect(sink.build(range, signal)).rejects.toThrow(
      /up to offset 6 5 messages in a row are dead letters .*KEYWATCH_INGEST_FLOOD=off/,
    );
  });

  it('takes any number of lines that an import could not read: they are no flood', async () => {
    const { sink } = sinkOf();
    const told = Array.from({ length: 20 }, (_, i) => {
      const line = { file: 'a', line: i + 1, reason: 'r', error: 'e', lane: 'old' };
      return { ...aJunkMessage(i), value: Buffer.from(JSON.stringify(rejectedLineEvent(line))) };
    });
    const built = await sink.build(rangeOf(told), signal);
    expect(built.counts.deadLetters).toBe(20);
    expect(built.deadLetters.get('rejected-line')).toBe(20);
  });

  it('stops building when the partition is lost', async () => {
    const { sink } = sinkOf();
    const lost = AbortSignal.abort(new Error('lost'));
    await expect(sink.build(rangeOf(offsets(0, 1_500)), lost)).rejects.toThrow('lost');
  });

  it('keeps the membership between tries, and tells how it went', async () => {
    const { sink, writes, told } = sinkOf();
    let heartbeats = 0;
    const built = await sink.build(rangeOf(offsets(0, 2)), signal);
    await sink.write(built, 'token', {
      signal,
      onRetry: () => {
        heartbeats += 1;
        return Promise.resolve();
      },
    });
    expect(writes).toEqual([{ bytes: built.bytes, token: 'token' }]);
    expect(heartbeats).toBe(1);
    expect(told).toEqual(['warmed 0', 'retrying 1', 'inserted 2']);
  });
});
