import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Channel, Delivery as Attempt, Notification } from '@keywatch/channels';
import {
  encodeAlertEvent,
  encodeOwnerNotice,
  type Delivery,
  type LogMessage,
} from '@keywatch/events';
import { createLog } from '@keywatch/platform';
import { aNotice, anAlert, anAlertEvent } from '@keywatch/testing';
import { Deliveries } from './deliveries.js';
import { Notifier, type Partition } from './notifier.js';
import { Told } from './policy.js';

class RecordedDeliveries extends Deliveries {
  readonly all: { id: string; delivery: Delivery }[] = [];
  override record(id: string, delivery: Delivery): Promise<void> {
    this.all.push({ id, delivery });
    return Promise.resolve();
  }
}

function channelAnswering(
  ...answers: (Attempt | Promise<Attempt>)[]
): Channel & { attempts: Notification[] } {
  const attempts: Notification[] = [];
  return {
    id: 'webhook',
    attempts,
    takes: ({ kind }) => kind === 'alert',
    target: () => 'https://hooks.example.com/x',
    deliver: (notification) => {
      attempts.push(notification);
      return Promise.resolve(answers[attempts.length - 1] ?? { kind: 'sent', status: 200 });
    },
    close: () => Promise.resolve(),
  };
}

const now = Date.parse(anAlert().detectedAt);
const silent = createLog({ app: 'notify', level: 'silent', format: 'json' });
const owned = (): Partition & { beats: number } => ({
  beats: 0,
  isCurrent: () => true,
  heartbeat() {
    this.beats += 1;
    return Promise.resolve();
  },
});

function notifierFor(
  channel: Channel,
  deliveries = new RecordedDeliveries(),
  heartbeatMs = 1000,
): Notifier {
  return new Notifier({
    channel,
    told: new Told(),
    deliveries,
    clock: { now: () => now },
    log: silent,
    maxAgeMs: 3_600_000,
    heartbeatMs,
    random: () => 0,
  });
}
const messageOf = (over: Parameters<typeof anAlertEvent>[0] = {}): LogMessage => ({
  value: Buffer.from(encodeAlertEvent(anAlertEvent(over)).value),
});

describe('Notifier', () => {
  it('tells an alert once, however often it is read', async () => {
    const channel = channelAnswering();
    const notifier = notifierFor(channel);
    expect(await notifier.handle(messageOf(), owned())).toBe(true);
    expect(await notifier.handle(messageOf(), owned())).toBe(false);
    expect(channel.attempts).toHaveLength(1);
  });

  it('tries again until it is through, and records every attempt', async () => {
    const busy: Attempt = { kind: 'retry', status: 503, error: 'answered 503' };
    const channel = channelAnswering(busy, busy, busy);
    const deliveries = new RecordedDeliveries();
    expect(await notifierFor(channel, deliveries).handle(messageOf(), owned())).toBe(true);
    expect(
      deliveries.all.map(({ delivery }) => [delivery.attempt, delivery.outcome, delivery.status]),
    ).toEqual([
      [1, 'retry', 503],
      [2, 'retry', 503],
      [3, 'retry', 503],
      [4, 'sent', 200],
    ]);
    expect(new Set(deliveries.all.map(({ id }) => id)).size).toBe(4);
  });

  it('gives up on a refusal for good, records it, and goes on with the next', async () => {
    const channel = channelAnswering({ kind: 'give-up', status: 410, error: 'answered 410' });
    const deliveries = new RecordedDeliveries();
    const notifier = notifierFor(channel, deliveries);
    expect(await notifier.handle(messageOf(), owned())).toBe(false);
    expect(await notifier.handle(messageOf({ alertId: 'd'.repeat(32) }), owned())).toBe(true);
    expect(deliveries.all.map(({ delivery }) => delivery.outcome)).toEqual(['gave-up', 'sent']);
  });

  it('keeps its membership while an attempt takes long', async () => {
    const partition = owned();
    let answer: (attempt: Attempt) => void = () => undefined;
    const slow = new Promise<Attempt>((resolve) => (answer = resolve));
    const beaten = new Promise<void>((resolve) => {
      partition.heartbeat = () => {
        partition.beats += 1;
        if (partition.beats === 3) resolve();
        return Promise.resolve();
      };
    });
    const handled = notifierFor(channelAnswering(slow), undefined, 1).handle(
      messageOf(),
      partition,
    );
    await beaten;
    answer({ kind: 'sent', status: 200 });
    expect(await handled).toBe(true);
  });

  it('throws when the partition is lost meanwhile, so that the message comes again', async () => {
    const partition = { ...owned(), isCurrent: () => false };
    await expect(notifierFor(channelAnswering()).handle(messageOf(), partition)).rejects.toThrow(
      /another member/,
    );
    const fenced = { ...owned(), heartbeat: () => Promise.reject(new Error('rebalancing')) };
    const never = new Promise<Attempt>(() => undefined);
    await expect(
      notifierFor(channelAnswering(never), undefined, 1).handle(messageOf(), fenced),
    ).rejects.toThrow('rebalancing');
  });

  it('says what is wrong while it is stuck, and a close ends the wait', async () => {
    const channel = channelAnswering({
      kind: 'retry',
      status: 503,
      error: 'answered 503',
      afterMs: 3_600_000,
    });
    const notifier = notifierFor(channel);
    const handled = notifier.handle(messageOf(), owned());
    while (notifier.trouble === '') await delay(1);
    expect(notifier.trouble).toBe('webhook: answered 503, attempt 1');
    notifier.close();
    await expect(handled).rejects.toThrow(/abort/i);
  });

  it('leaves alone what its channel does not take and what it can not read', async () => {
    const channel = channelAnswering();
    const notifier = notifierFor(channel);
    const notice = encodeOwnerNotice(aNotice([anAlert()])).value;
    for (const value of [
      notice,
      '{',
      '{"specversion":"1.0","id":"1","source":"s","type":"other"}',
    ]) {
      expect(await notifier.handle({ value: Buffer.from(value) }, owned())).toBe(false);
    }
    expect(channel.attempts).toHaveLength(0);
  });
});
