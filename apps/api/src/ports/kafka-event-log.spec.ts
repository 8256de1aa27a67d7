import { describe, expect, it } from '@jest/globals';
import { LogUnavailable } from './event-log.js';
import { KafkaEventLog, type Producing } from './kafka-event-log.js';

class FakeProducer implements Producing {
  connects = 0;
  closes = 0;
  readonly sent: string[][] = [];
  connecting: () => Promise<void> = () => Promise.resolve();
  sending: () => Promise<void> = () => Promise.resolve();

  connect(): Promise<void> {
    this.connects += 1;
    return this.connecting();
  }
  async send(_topic: string, messages: Parameters<Producing['send']>[1]) {
    await this.sending();
    this.sent.push(messages.map(({ value }) => String(value)));
    return [];
  }
  close(): Promise<void> {
    this.closes += 1;
    return Promise.resolve();
  }
}

const message = (value: string) => ({ key: 'k', value, headers: {} });
const never = (): Promise<void> => new Promise(() => undefined);

function logOn(producer: FakeProducer, limitMs = 10_000): KafkaEventLog {
  return new KafkaEventLog({ brokers: ['127.0.0.1:1'] }, limitMs, producer);
}

describe('KafkaEventLog', () => {
  it('connects once, at the first event, however many come at once', async () => {
    const producer = new FakeProducer();
    const log = logOn(producer);
    expect(producer.connects).toBe(0);
    await Promise.all([
      log.append('keyEvents', [message('a')]),
      log.append('keyEvents', [message('b')]),
    ]);
    await log.append('keyEvents', [message('c')]);
    expect(producer.connects).toBe(1);
    expect(producer.sent).toEqual([['a'], ['b'], ['c']]);
  });

  it('sends what is too large for one request as several, in order, and is done when all are acknowledged', async () => {
    const producer = new FakeProducer();
    const large = [1, 2, 3].map((n) => String(n).repeat(400_000));
    await logOn(producer).append('keyEvents', large.map(message));
    expect(producer.sent.map((values) => values.length)).toEqual([2, 1]);
    expect(producer.sent.flat()).toEqual(large);
  });

  it('says that the log is away when it refuses, and tries to connect anew at the next event', async () => {
    const producer = new FakeProducer();
    producer.connecting = () => Promise.reject(new Error('ECONNREFUSED'));
    const log = logOn(producer);
    await expect(log.append('keyEvents', [message('a')])).rejects.toThrow(LogUnavailable);
    await expect(log.append('keyEvents', [message('a')])).rejects.toThrow(
      'not acknowledged: ECONNREFUSED',
    );
    producer.connecting = () => Promise.resolve();
    await log.append('keyEvents', [message('a')]);
    expect(producer.connects).toBe(3);
  });

  it.each(['connecting', 'sending'] as const)('gives up after its limit while %s', async (step) => {
    const producer = new FakeProducer();
    producer[step] = never;
    await expect(logOn(producer, 20).append('keyEvents', [message('a')])).rejects.toThrow(
      'Kafka did not answer within 20 ms',
    );
    expect(producer.sent).toEqual([]);
  });

  it('closes the producer, and needs none to be closed', async () => {
    const producer = new FakeProducer();
    const log = logOn(producer);
    await log.close();
    expect(producer.closes).toBe(0);
    await log.append('keyEvents', [message('a')]);
    await log.close();
    expect(producer.closes).toBe(1);
  });
});
