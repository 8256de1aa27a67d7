import { describe, expect, it } from '@jest/globals';
import { COMPLETE } from '../../../../test/cli/answers.js';
import { FakeServer, sendJson } from '../../../../test/cli/fake-server.js';
import { runCommand } from '../../../../test/cli/run-command.js';

const ANSWER = {
  tenantId: 'acme',
  keyId: 'k\u001b[31m',
  at: '2026-03-02T00:00:00.000Z',
  knownAt: '2026-03-03T00:00:00.000Z',
  state: 'revoked',
  usable: false,
  createdAt: '2026-03-01T00:00:00.000Z',
  lastRotatedAt: null,
  revokedAt: '2026-03-01T12:00:00.000Z',
  leakReportedAt: null,
  expiresAt: null,
  graceEndsAt: null,
  secretVersion: null,
  rotationAge: { days: 1, since: '2026-03-01T00:00:00.000Z', atLeast: true },
  description: {
    name: 'batch',
    plan: '',
    environment: 'production',
    allowedEnvironments: ['production', 'staging'],
    kind: '',
    owner: { id: 'ann', email: 'ann@example.com', team: '' },
  },
  requests: {
    count: 1200,
    firstUsed: '2026-03-01T01:00:00.000Z',
    lastUsed: '2026-03-01T02:00:00.000Z',
  },
  openAlerts: [
    {
      alertId: 'a'.repeat(32),
      rule: 'stale-key',
      severity: 'high',
      status: 'open',
      detectedAt: '2026-03-01T03:00:00.000Z',
      sentence: 'It is old.',
    },
  ],
  changes: [
    {
      at: '2026-03-01T12:00:00.000Z',
      receivedAt: '2026-03-01T12:00:01.000Z',
      change: 'revoked',
      actor: 'ben',
      reason: 'left',
      lane: 'live',
      source: '/spec',
      eventId: 'e-1',
    },
  ],
  completeness: COMPLETE,
};

async function keyState(...argv: string[]) {
  const server = await new FakeServer().start();
  server.answer = (_, response) => {
    sendJson(response, 200, ANSWER);
  };
  const ran = await runCommand(['key-state', 'k/1', ...argv], { KEYWATCH_API_URL: server.url });
  await server.stop();
  return { ...ran, asked: server.asked[0]?.url };
}

describe('keywatch key-state', () => {
  it('asks for the key at the time', async () => {
    const { asked, code } = await keyState(
      '--at',
      '2026-03-02',
      '--known-at',
      '2026-03-03',
      '--tenant',
      'acme',
    );
    expect(asked).toBe('/api/v1/keys/k%2F1/state?at=2026-03-02&knownAt=2026-03-03&tenant=acme');
    expect(code).toBe(0);
  });

  it('shows a page for a person, without control characters', async () => {
    const { out } = await keyState();
    expect(out).toContain(
      'k\uFFFD[31m of acme at 2026-03-02 00:00:00 UTC, as it had arrived by 2026-03-03 00:00:00',
    );
    for (const line of [
      /State +revoked, not usable/,
      /Owner +ann, ann@example\.com/,
      /Plan +unknown/,
      /Environment +production, staging/,
      /Age of secret +at least 1 day$/m,
      /Requests +1,200, from 2026-03-01 01:00:00/,
      /stale-key +high/,
      /2026-03-01 12:00:00 +revoked +ben +left +live/,
    ])
      expect(out).toMatch(line);
  });

  it('gives the answer as it is with --format json', async () => {
    const { out } = await keyState('--format', 'json');
    expect(JSON.parse(out)).toEqual(ANSWER);
    expect((await keyState('--format', 'csv')).err).toContain('It must be table or json.');
  });
});
