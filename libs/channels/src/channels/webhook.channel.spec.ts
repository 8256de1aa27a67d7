import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { anAlertEvent, aNotice, anAlert } from '@keywatch/testing';
import { Webhook } from 'standardwebhooks';
import type { Notification } from '../channel.js';
import { WebhookChannel } from './webhook.channel.js';

const SECRET = `whsec_${Buffer.from('a secret for specs only').toString('base64')}`;
const alert: Notification = { kind: 'alert', event: anAlertEvent() };
const never = new AbortController().signal;

let server: Server;
let url: string;
let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;

beforeEach(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      answer(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=abc`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function deliver(options: { timeoutMs?: number } = {}): Promise<unknown> {
  const channel = new WebhookChannel({ url, secret: SECRET, allowPrivate: true, ...options });
  try {
    return await channel.deliver(alert, never);
  } finally {
    await channel.close();
  }
}

describe('WebhookChannel', () => {
  it('sends what the Standard Webhooks library verifies, under an id that a repeat shares', async () => {
    const seen: { id: unknown; payload: unknown }[] = [];
    answer = (request, response, body) => {
      const payload = new Webhook(SECRET).verify(body, request.headers as Record<string, string>);
      seen.push({ id: request.headers['webhook-id'], payload });
      response.writeHead(204).end();
    };
    expect(await deliver()).toEqual({ kind: 'sent', status: 204 });
    expect(await deliver()).toEqual({ kind: 'sent', status: 204 });
    expect(seen[0]?.id).toBe(anAlertEvent().id);
    expect(seen[1]?.id).toBe(seen[0]?.id);
    expect(seen[0]?.payload).toMatchObject({ type: 'alert.raised', data: anAlert() });
  });

  it('carries the evidence and what to do about it, for an alert without an owner too', async () => {
    const { owner: _owner, ...rest } = anAlert({
      rule: 'pipeline-gap',
      keyId: 'keywatch',
      evidence: {
        facts: {},
        query: 'SELECT * FROM requests',
        firstEventId: 'first',
        lastEventId: 'last',
      },
    });
    let payload: unknown;
    answer = (_request, response, body) => {
      payload = JSON.parse(body);
      response.writeHead(204).end();
    };
    const runbooks = 'https://wiki.example.com/';
    const channel = new WebhookChannel({ url, secret: SECRET, allowPrivate: true, runbooks });
    const event = { ...anAlertEvent(), alert: rest };
    expect(await channel.deliver({ kind: 'alert', event }, never)).toMatchObject({ kind: 'sent' });
    await channel.close();
    expect(payload).toEqual({
      type: 'alert.raised',
      timestamp: rest.detectedAt,
      data: rest,
      next: {
        runbook: 'https://wiki.example.com/pipeline-gap.md',
        acknowledge: 'keywatch alerts ack aaaaaaaa --why "..."',
        exception: expect.stringContaining('{rule: pipeline-gap, key: keywatch, tenant: acme'),
      },
    });
  });

  it.each([500, 503, 429, 408])('asks again after %d', async (status) => {
    answer = (_request, response) => response.writeHead(status).end();
    expect(await deliver()).toEqual({ kind: 'retry', status, error: `answered ${status}` });
  });

  it('waits as long as the other side asks', async () => {
    answer = (_request, response) => response.writeHead(429, { 'retry-after': '7' }).end();
    expect(await deliver()).toMatchObject({ kind: 'retry', afterMs: 7000 });
  });

  it.each([400, 401, 404, 410])('gives up after %d', async (status) => {
    answer = (_request, response) => response.writeHead(status).end();
    expect(await deliver()).toEqual({ kind: 'give-up', status, error: `answered ${status}` });
  });

  it('follows no redirect', async () => {
    let requests = 0;
    answer = (_request, response) => {
      requests += 1;
      response.writeHead(307, { location: url }).end();
    };
    expect(await deliver()).toMatchObject({ kind: 'give-up', status: 307 });
    expect(requests).toBe(1);
  });

  it('asks again when there is no answer in time', async () => {
    answer = () => undefined;
    expect(await deliver({ timeoutMs: 50 })).toEqual({
      kind: 'retry',
      status: 0,
      error: 'no answer in time',
    });
  });

  it('asks again when nobody listens', async () => {
    await new Promise((resolve) => server.close(resolve));
    expect(await deliver()).toMatchObject({ kind: 'retry', status: 0 });
  });

  it('refuses loopback and private networks, written as address or behind a name', async () => {
    expect(() => new WebhookChannel({ url, secret: SECRET, allowPrivate: false })).toThrow(
      /KEYWATCH_NOTIFY_ALLOW_PRIVATE/,
    );
    const byName = new WebhookChannel({
      url: url.replace('127.0.0.1', 'localhost'),
      secret: SECRET,
      allowPrivate: false,
    });
    expect(await byName.deliver(alert, never)).toMatchObject({
      kind: 'give-up',
      error: expect.stringContaining('localhost'),
    });
    await byName.close();
  });

  it('shows its target without the query, which may hold a token', async () => {
    const channel = new WebhookChannel({ url, secret: SECRET, allowPrivate: true });
    expect(channel.target()).toMatch(/\/hook$/);
    expect(channel.takes({ kind: 'owner-notice', notice: aNotice([anAlert()]) })).toBe(false);
    await channel.close();
  });

  it('refuses other schemes at start', () => {
    expect(
      () => new WebhookChannel({ url: 'ftp://example.com', secret: SECRET, allowPrivate: true }),
    ).toThrow(/https:/);
  });
});
