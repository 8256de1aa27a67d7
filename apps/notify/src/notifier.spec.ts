import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Channel, Delivery as Attempt, Notification } from '@keywatch/channels';
import {
  encodeAlertAction,
  encodeAlertEvent,
  encodeOwnerNotice,
  encodeSilenceEvent,
  type Delivery,
  type OutgoingMessage,
} from '@keywatch/events';
import { createLog } from '@keywatch/platform';
import { aNotice, anAlert, anAlertAction, anAlertEvent, aSilence } from '@keywatch/testing';
import { PeopleNews } from './alert-log.js';
import { Deliveries } from './deliveries.js';
import { Notifier, type Message, type NotifierOptions, type Partition } from './notifier.js';
import { AskedByPeople } from './people.js';
import { Told } from './told.js';

class RecordedDeliveries extends Deliveries {
  readonly all: { id: string; delivery: Delivery }[] = [];
  override record(id: string, delivery: Delivery): Promise<void> {
    this.all.push({ id, delivery });
    return Promise.resolve();
  }
}

/** What people wrote to the log, taken in when the notifier asks for it. */
class Written extends PeopleNews {
  readonly log: OutgoingMessage[] = [];
  readonly errors: Error[] = [];
  asked = 0;
  readonly people = new AskedByPeople({ silences: 10, alerts: 10, afterEndMs: 3_600_000 });
  override knownSince(): Promise<void> {
    this.asked += 1;
    const error = this.errors.shift();
    if (error !== undefined) return Promise.reject(error);
    for (const { value } of this.log) this.people.add({ value: Buffer.from(value) });
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
  over: Partial<NotifierOptions> = {},
): Notifier {
  const written = new Written();
  return new Notifier({
    channel,
    told: new Told(),
    people: written.people,
    news: written,
    deliveries,
    clock: { now: () => now },
    log: silent,
    maxAgeMs: 3_600_000,
    heartbeatMs,
    random: () => 0,
    ...over,
  });
}
const logged = (value: string, loggedMs = now): Message => ({
  value: Buffer.from(value),
  timestamp: String(loggedMs),
});
const messageOf = (over: Parameters<typeof anAlertEvent>[0] = {}, loggedMs = now): Message =>
  logged(encodeAlertEvent(anAlertEvent(over)).value, loggedMs);
const silence = encodeSilenceEvent({ id: 's', source: 'api', kind: 'created', data: aSilence() });

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
      expect(await notifier.handle(logged(value), owned())).toBe(false);
    }
    expect(channel.attempts).toHaveLength(0);
  });
});

describe('Notifier and what people have asked for', () => {
  function asked(channel: Channel, over: Partial<NotifierOptions> = {}) {
    const written = new Written();
    const skips: string[] = [];
    const notifier = notifierFor(channel, undefined, undefined, {
      people: written.people,
      news: written,
      onSkip: (reason) => skips.push(reason),
      ...over,
    });
    return { written, skips, notifier };
  }

  it('counts and logs what a silence holds back, and tells it when it comes again after the end', async () => {
    const lines: string[] = [];
    const log = createLog({
      app: 'notify',
      level: 'info',
      format: 'json',
      destination: { write: (line) => lines.push(line) },
    });
    const channel = channelAnswering();
    const { written, skips, notifier } = asked(channel, { log });
    written.log.push(silence);
    expect(await notifier.handle(messageOf(), owned())).toBe(false);
    expect(skips).toEqual(['silenced']);
    expect(lines.join('')).toMatch(/not told, silenced: migration week/);
    expect(lines.join('')).toContain('e'.repeat(32));
    const endMs = Date.parse(aSilence().endsAt);
    expect(await notifier.handle(messageOf({}, endMs), owned())).toBe(true);
  });

  it('tells what is asked to be silent only after the telling', async () => {
    const { written, skips, notifier } = asked(channelAnswering());
    expect(await notifier.handle(messageOf(), owned())).toBe(true);
    written.log.push(silence);
    expect(await notifier.handle(messageOf({ severity: 'high' }), owned())).toBe(false);
    expect(skips).toEqual(['silenced']);
  });

  it('stops trying when somebody takes the alert over meanwhile', async () => {
    const busy: Attempt = { kind: 'retry', status: 503, error: 'answered 503' };
    const channel = channelAnswering(busy, busy, busy);
    const { written, skips, notifier } = asked(channel);
    channel.deliver = (notification) => {
      channel.attempts.push(notification);
      if (channel.attempts.length === 2)
        written.log.push(encodeAlertAction(anAlertAction('acknowledged')));
      return Promise.resolve(busy);
    };
    expect(await notifier.handle(messageOf(), owned())).toBe(false);
    expect(channel.attempts).toHaveLength(2);
    expect(skips).toEqual(['acknowledged']);
    expect(notifier.trouble).toBe('');
  });

  it('stops trying at the maximum age', async () => {
    const busy: Attempt = { kind: 'retry', status: 503, error: 'answered 503' };
    const channel = channelAnswering(busy, busy);
    let ms = now;
    const clock = { now: () => (ms += 1_900_000) };
    const { skips, notifier } = asked(channel, { clock });
    expect(await notifier.handle(messageOf(), owned())).toBe(false);
    expect(skips).toEqual(['too-old']);
    expect(channel.attempts).toHaveLength(1);
  });

  it('tells nobody before the silences could be read', async () => {
    const channel = channelAnswering();
    const { written, skips, notifier } = asked(channel);
    written.errors.push(new Error('no leader'), new Error('no leader'));
    written.log.push(silence);
    expect(await notifier.handle(messageOf(), owned())).toBe(false);
    expect(written.asked).toBe(3);
    expect(channel.attempts).toHaveLength(0);
    expect(skips).toEqual(['silenced']);
  });

  it('does not read them for what is too old anyway', async () => {
    const { written, skips, notifier } = asked(channelAnswering());
    expect(await notifier.handle(messageOf({ historical: true }), owned())).toBe(false);
    expect(skips).toEqual(['historical']);
    expect(written.asked).toBe(0);
  });

  it('after a restart tells again only what was reopened since', async () => {
    const told = new Told();
    told.add(anAlert().alertId, 'medium', now);
    const { written, skips, notifier } = asked(channelAnswering(), { told });
    expect(await notifier.handle(messageOf(), owned())).toBe(false);
    const at = new Date(now + 1000).toISOString();
    written.log.push(encodeAlertAction(anAlertAction('reopened', { at })));
    expect(await notifier.handle(messageOf({}, now + 1000), owned())).toBe(true);
    expect(await notifier.handle(messageOf({}, now + 1001), owned())).toBe(false);
    expect(skips).toEqual(['already-told', 'already-told']);
  });

  it('mails an owner about the keys that are left', async () => {
    const channel = channelAnswering();
    channel.takes = () => true;
    const { written, notifier } = asked(channel);
    written.log.push(encodeAlertAction(anAlertAction('acknowledged')));
    const other = anAlert({ alertId: 'f'.repeat(32), keyId: 'key_43' });
    const { value } = encodeOwnerNotice(aNotice([anAlert(), other]));
    expect(await notifier.handle(logged(value), owned())).toBe(true);
    expect(channel.attempts).toMatchObject([{ notice: { alerts: [{ keyId: 'key_43' }] } }]);
  });
});
