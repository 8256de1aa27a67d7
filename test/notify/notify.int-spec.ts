import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ALL_TOPICS,
  decodeDeliveryEvent,
  encodeAlertAction,
  encodeAlertEvent,
  encodeOwnerNotice,
  encodeSilenceEvent,
  TOPICS,
  type Alert,
  type Delivery,
  type OutgoingMessage,
} from '@keywatch/events';
import { ensureTopics, EventProducer, Kafka, logLevel, PartitionReader } from '@keywatch/kafka';
import { startKafka, type KafkaHandle } from '@keywatch/local-stack';
import { aNotice, anAlert, anAlertAction, anAlertEvent, aSilence } from '@keywatch/testing';
import { SMTPServer } from 'smtp-server';

const LIMIT_MS = 120_000;
const SECRET = `whsec_${Buffer.from('a secret for specs only').toString('base64')}`;

/** Something that arrives from outside, as a list that can be waited for. */
class Arrivals<T> {
  readonly all: T[] = [];
  private waiting: (() => void)[] = [];

  push(item: T): void {
    this.all.push(item);
    for (const check of this.waiting) check();
  }

  until(condition: (all: readonly T[]) => boolean): Promise<void> {
    return new Promise((done) => {
      const check = (): void => {
        if (condition(this.all)) done();
      };
      this.waiting.push(check);
      check();
    });
  }
}

const now = new Date().toISOString();
const alertOf = (letter: string, over: Partial<Alert> = {}): Alert =>
  anAlert({ alertId: letter.repeat(32), detectedAt: now, ...over });
const told = (letter: string, over: Partial<Alert> = {}, revision = '1'): OutgoingMessage => {
  const { source } = anAlertEvent();
  const alert = alertOf(letter, over);
  return encodeAlertEvent({ id: `${alert.alertId}:${revision}`, source, alert });
};

let folder: string;
let kafka: KafkaHandle;
let producer: EventProducer;
let hook: Server;
let smtp: SMTPServer;
let notify: ChildProcess | undefined;
let hookStatus = 200;
const hooked = new Arrivals<string>();
const mails = new Arrivals<string>();

const client = () => ({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING });
const portOf = (address: unknown): number => (address as AddressInfo).port;

function startNotify(): void {
  notify = spawn(process.execPath, [resolve('apps/notify/dist/main.js')], {
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      KEYWATCH_KAFKA_BROKERS: kafka.brokers.join(','),
      KEYWATCH_NOTIFY_PORT: '0',
      KEYWATCH_NOTIFY_SESSION_MS: '3000',
      KEYWATCH_NOTIFY_WEBHOOK_URL: `http://127.0.0.1:${portOf(hook.address())}/hook`,
      KEYWATCH_NOTIFY_WEBHOOK_SECRET: SECRET,
      KEYWATCH_NOTIFY_ALLOW_PRIVATE: 'true',
      KEYWATCH_NOTIFY_SMTP_URL: `smtp://127.0.0.1:${portOf(smtp.server.address())}`,
    },
  });
}

async function end(signal: NodeJS.Signals): Promise<number | null> {
  const process = notify;
  if (process === undefined) return null;
  const closed = new Promise<number | null>((done) => process.once('close', done));
  process.kill(signal);
  notify = undefined;
  return closed;
}

const send = (...messages: OutgoingMessage[]): Promise<unknown> =>
  producer.send(TOPICS.alertEvents.name, messages);

/** To one partition, whatever the key. */
async function sendTo(partition: number, ...messages: OutgoingMessage[]): Promise<void> {
  const plain = new Kafka(client()).producer();
  await plain.connect();
  await plain.send({
    topic: TOPICS.alertEvents.name,
    acks: -1,
    messages: messages.map((message) => ({ ...message, partition })),
  });
  await plain.disconnect();
}

const hookedIds = (...letters: string[]): string[] =>
  hooked.all
    .filter((line) => letters.includes(line[0] ?? '') && line.endsWith('200'))
    .map((line) => `${line[0] ?? ''}${line.slice(32).split(' ')[0] ?? ''}`)
    .sort();

async function deliveries(): Promise<Delivery[]> {
  const found: Delivery[] = [];
  const reader = new PartitionReader(client());
  for (let partition = 0; partition < TOPICS.deliveryEvents.partitions; partition += 1) {
    await reader.read({
      topic: TOPICS.deliveryEvents.name,
      partition,
      onRecords: (records) => {
        for (const { value } of records) {
          const decoded = decodeDeliveryEvent({ value });
          if (decoded.kind === 'ok') found.push(decoded.event.delivery);
        }
      },
    });
  }
  await reader.close();
  return found;
}

/** Waits until each of these was told through its channel, and that is on record. */
async function onRecord(...wanted: [channel: string, id: string][]): Promise<void> {
  for (;;) {
    const sent = (await deliveries()).filter(({ outcome }) => outcome === 'sent');
    const isSent = ([channel, id]: [string, string]): boolean =>
      sent.some((one) => one.channel === channel && one.alertId === id);
    if (wanted.every(isSent)) return;
    await delay(100);
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keywatch-notify-'));
  kafka = await startKafka({ dataDir: folder, docker: 'never', log: () => undefined });
  const admin = new Kafka(client()).admin();
  await admin.connect();
  await ensureTopics(admin, ALL_TOPICS);
  await admin.disconnect();
  producer = new EventProducer(client());
  await producer.connect();
  hook = createServer((request, response) => {
    request.resume().once('end', () => {
      response.writeHead(hookStatus).end();
      hooked.push(`${String(request.headers['webhook-id'])} ${hookStatus}`);
    });
  });
  await new Promise<void>((done) => hook.listen(0, '127.0.0.1', done));
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, done) {
      let mail = '';
      stream.on('data', (chunk: Buffer) => (mail += chunk.toString()));
      stream.on('end', () => {
        done();
        mails.push(mail);
      });
    },
  });
  await new Promise<void>((done) => smtp.listen(0, '127.0.0.1', done));
  startNotify();
}, LIMIT_MS);

afterAll(async () => {
  await end('SIGTERM');
  await producer.close();
  await kafka.stop();
  hook.closeAllConnections();
  await new Promise((done) => hook.close(done));
  await new Promise<void>((done) => {
    smtp.close(done);
  });
  rmSync(folder, { recursive: true, force: true });
}, LIMIT_MS);

describe('notify between a real broker, a webhook and a mail server', () => {
  it(
    'tells an alert by webhook and an owner by mail, each once, and historical alerts to nobody',
    async () => {
      const asOf = now;
      await send(
        told('a'),
        told('a', {}, '2'),
        told('b', { historical: true, lane: 'old-logs' }),
        encodeOwnerNotice({ ...aNotice([alertOf('c')]), asOf }),
        told('d'),
      );
      await hooked.until((all) => ['a', 'd'].every((x) => all.some((line) => line.startsWith(x))));
      await mails.until((all) => all.length > 0);
      expect(hooked.all.map((line) => line[0]).sort()).toEqual(['a', 'd']);
      expect(mails.all).toHaveLength(1);
      expect(mails.all[0]).toContain('ann@example.com');
    },
    LIMIT_MS,
  );

  it(
    'waits for a webhook that is away, and goes on telling after kill -9, without telling twice',
    async () => {
      hookStatus = 503;
      await send(told('e'));
      await hooked.until((all) => all.filter((line) => line.startsWith('e')).length >= 2);
      await end('SIGKILL');
      hookStatus = 200;
      startNotify();
      await hooked.until((all) => all.some((line) => line.startsWith('e') && line.endsWith('200')));
      await send(told('f'));
      await hooked.until((all) => all.some((line) => line.startsWith('f')));
      const sent = hooked.all.filter((line) => line.endsWith('200')).map((line) => line[0]);
      expect(sent.sort()).toEqual(['a', 'd', 'e', 'f']);
      expect(mails.all).toHaveLength(1);
    },
    LIMIT_MS,
  );

  it(
    'is silent about what a silence on another partition covers, before and after kill -9, and about what somebody acknowledged',
    async () => {
      const fromNow = (ms: number): string => new Date(Date.parse(now) + ms).toISOString();
      const data = aSilence({
        matchers: { keyId: 'key_in_migration' },
        startsAt: fromNow(-3_600_000),
        endsAt: fromNow(3_600_000),
        at: now,
      });
      const covered = { keyId: 'key_in_migration' };
      await sendTo(1, encodeSilenceEvent({ id: 's1', source: 'api', kind: 'created', data }));
      await sendTo(
        0,
        told('1', covered),
        encodeAlertAction(anAlertAction('acknowledged', { alertId: '2'.repeat(32) })),
        told('2'),
        told('2', { severity: 'high' }, '2'),
        encodeOwnerNotice({
          ...aNotice([alertOf('3', covered), alertOf('4', { keyId: 'key_left' })]),
          noticeId: '5'.repeat(32),
          asOf: now,
        }),
        told('6'),
      );
      // A kill between a telling and its record would tell it twice, with the same id.
      await onRecord(['webhook', '6'.repeat(32)], ['email', '5'.repeat(32)]);
      await end('SIGKILL');
      startNotify();
      await sendTo(0, told('7', covered), told('8'));
      await hooked.until(() => hookedIds('8').length > 0);
      expect(hookedIds('1', '2', '6', '7', '8')).toEqual(['2:2', '6:1', '8:1']);
      expect(mails.all).toHaveLength(2);
      expect(mails.all[1]).toContain('key_left');
      expect(mails.all[1]).not.toContain('key_in_migration');
    },
    LIMIT_MS,
  );

  it(
    'ends in good order, and every attempt is on record',
    async () => {
      expect(await end('SIGTERM')).toBe(0);
      const all = await deliveries();
      const of = (channel: string, letter: string): string[] =>
        all
          .filter((one) => one.channel === channel && one.alertId.startsWith(letter))
          .map(({ outcome }) => outcome);
      expect(of('webhook', 'e').slice(-1)).toEqual(['sent']);
      expect(of('webhook', 'e').slice(0, -1)).toContain('retry');
      expect(of('webhook', 'b')).toEqual([]);
      expect(of('email', 'c')).toEqual(['sent']);
      expect(of('log', 'a')).toEqual(['sent']);
    },
    LIMIT_MS,
  );
});
