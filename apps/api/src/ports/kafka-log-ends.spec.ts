import { describe, expect, it } from '@jest/globals';
import { KafkaLogEnds, type Offsets } from './kafka-log-ends.js';

function adminWith(more: Partial<Offsets>): Offsets & { connects: number } {
  const admin = {
    connects: 0,
    connect: () => {
      admin.connects += 1;
      return Promise.resolve();
    },
    disconnect: () => Promise.resolve(),
    fetchTopicOffsets: () => Promise.resolve([]),
    fetchOffsets: () => Promise.resolve([]),
    ...more,
  };
  return admin;
}
const endsOn = (admin: Offsets, limitMs = 3_000) =>
  new KafkaLogEnds({ brokers: ['127.0.0.1:1'] }, limitMs, admin);

describe('KafkaLogEnds', () => {
  it('reads the bounds of every partition, connecting once', async () => {
    const admin = adminWith({
      fetchTopicOffsets: () =>
        Promise.resolve([
          { partition: 1, offset: '7', low: '2', high: '7' },
          { partition: 0, offset: '5', low: '0', high: '5' },
        ]),
    });
    const ends = endsOn(admin);
    const bounds = [
      { partition: 0, low: 0, high: 5 },
      { partition: 1, low: 2, high: 7 },
    ];
    await expect(ends.read('t')).resolves.toEqual(bounds);
    await expect(ends.read('t')).resolves.toEqual(bounds);
    expect(admin.connects).toBe(1);
  });

  it('says how a group stands, with the arrival of the oldest message that waits', async () => {
    const partitions = [
      { partition: 0, offset: '5', metadata: null },
      { partition: 1, offset: '-1', metadata: null },
    ];
    const admin = adminWith({
      fetchOffsets: () => Promise.resolve([{ topic: 't', partitions }]),
      fetchTopicOffsets: () =>
        Promise.resolve([
          { partition: 0, offset: '5', low: '0', high: '5' },
          { partition: 1, offset: '7', low: '2', high: '7' },
        ]),
    });
    let closed = false;
    const messages = {
      first: () => Promise.resolve({ timestamp: '1700' } as never),
      close: () => {
        closed = true;
        return Promise.resolve();
      },
    };
    const ends = new KafkaLogEnds({ brokers: ['127.0.0.1:1'] }, 3_000, admin, messages);
    await expect(ends.reader('g', 't')).resolves.toEqual([
      { partition: 0, low: 0, high: 5, committed: 5, waitingSinceMs: null },
      { partition: 1, low: 2, high: 7, committed: null, waitingSinceMs: 1700 },
    ]);
    await ends.close();
    expect(closed).toBe(true);
  });

  it('gives up after its limit, and connects anew after a failure', async () => {
    const silent = adminWith({ fetchTopicOffsets: () => new Promise(() => undefined) });
    await expect(endsOn(silent, 20).read('t')).rejects.toThrow('Kafka did not answer within 20 ms');
    let refuse = true;
    const admin = adminWith({
      connect: () => (refuse ? Promise.reject(new Error('ECONNREFUSED')) : Promise.resolve()),
    });
    const ends = endsOn(admin);
    await expect(ends.read('t')).rejects.toThrow('ECONNREFUSED');
    refuse = false;
    await expect(ends.read('t')).resolves.toEqual([]);
  });
});
