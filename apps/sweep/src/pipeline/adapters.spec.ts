import { describe, expect, it } from '@jest/globals';
import { ToldTroubles } from '@keywatch/detection';
import { encodeAlertEvent, type AlertEvent } from '@keywatch/events';
import type { ReadOptions } from '@keywatch/kafka';
import { KafkaAlertLog } from './adapters.js';

const [telling] = new ToldTroubles().tellingsOf(
  {
    subject: 'detect/t',
    trouble: {
      kind: 'reader-behind',
      severity: 'high',
      tenantId: 'keywatch',
      sinceMs: 0,
      sentence: 'Behind.',
      facts: {},
    },
  },
  1,
) as [AlertEvent];
const other = { ...telling, alert: { ...telling.alert, rule: 'stale-key' } };
const record = (event: AlertEvent) => ({ value: Buffer.from(encodeAlertEvent(event).value) });

/** A log of one partition; `reads` are the offsets asked for. */
function logOf(low: number, ends: number[], fail = false) {
  const reads: [number | undefined, number | undefined][] = [];
  const sent: number[] = [];
  const admin = {
    fetchTopicOffsets: () => {
      const high = ends.shift();
      if (high === undefined) {
        return Promise.reject(
          Object.assign(new Error('unknown'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' }),
        );
      }
      return Promise.resolve([
        { partition: 0, low: String(low), high: String(high), offset: String(high) },
      ]);
    },
  };
  let failing = fail;
  const reader = {
    read: async ({ from, to, onRecords }: ReadOptions) => {
      reads.push([from, to]);
      if (failing) {
        failing = false;
        throw new Error('no leader');
      }
      await onRecords([record(other), record(telling), { value: null }] as never);
      return { end: 0, records: 0, bytes: 0 };
    },
  };
  const producer = {
    send: (_topic: string, messages: readonly unknown[]) => {
      sent.push(messages.length);
      return Promise.resolve();
    },
  };
  return { log: new KafkaAlertLog(admin, reader, producer as never), reads, sent };
}

describe('the log of alerts', () => {
  it('looks back on the latest messages, then reads on, and hands over its own tellings', async () => {
    const { log, reads } = logOf(0, [25_000, 25_000, 25_010]);
    expect(await log.follow()).toEqual([telling]);
    expect(await log.follow()).toEqual([]);
    expect(await log.follow()).toEqual([telling]);
    expect(reads).toEqual([
      [15_000, 25_000],
      [25_000, 25_010],
    ]);
  });

  it('begins with the oldest message kept', async () => {
    const { log, reads } = logOf(20_000, [25_000]);
    await log.follow();
    expect(reads).toEqual([[20_000, 25_000]]);
  });

  it('reads again what a failed read has not handed over', async () => {
    const { log, reads } = logOf(0, [10, 10], true);
    await expect(log.follow()).rejects.toThrow('no leader');
    expect(await log.follow()).toEqual([telling]);
    expect(reads).toEqual([
      [0, 10],
      [0, 10],
    ]);
  });

  it('is empty before anybody has made the topic', async () => {
    expect(await logOf(0, []).log.follow()).toEqual([]);
  });

  it('takes tellings', async () => {
    const { log, sent } = logOf(0, []);
    await log.tell([telling]);
    expect(sent).toEqual([1]);
  });
});
