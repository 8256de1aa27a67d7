import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { filedTime } from './filed-time.js';
import { identityOf, unknownKeyId } from './identity.js';
import { KEY_EVENT_DATA } from './key-event.js';
import { holdsSecretValue, redactPayload, secretMemberOf } from './secrets.js';
import { ALL_TOPICS, TOPICS } from './topics.js';
import { jsonSchemaOf } from './validators.js';

describe('filedTime', () => {
  const log = Date.UTC(2026, 10, 24);
  const day = 86_400_000;

  it.each([
    ['the event time', log - 1000, log - 1000, 'event'],
    ['the event time just inside a day ahead', log + day, log + day, 'event'],
    ['arrival where the event is more than a day ahead', log + day + 1, log, 'out-of-range'],
    ['the event time at the start of 2010', Date.UTC(2010, 0, 1), Date.UTC(2010, 0, 1), 'event'],
    ['arrival where the event is older', Date.UTC(2010, 0, 1) - 1, log, 'out-of-range'],
    ['arrival where the event has none', Number.NaN, log, 'missing'],
  ] as const)('is %s', (_name, time, ms, flag) => {
    expect(filedTime(time, log)).toEqual({ ms, flag });
  });
});

describe('identityOf', () => {
  it('separates its parts', () => {
    expect(identityOf('a', 'bc', 'd')).not.toBe(identityOf('ab', 'c', 'd'));
    expect(identityOf('a', 'b', 'c')).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('unknownKeyId', () => {
  it('gives the start of the SHA-256 and never what was sent', () => {
    // echo -n hunter2 | sha256sum
    expect(unknownKeyId('hunter2')).toBe('unknown:f52fbd32b2b3b86f');
  });
});

describe('secrets', () => {
  it.each([
    `ghp_${'A'.repeat(36)}`,
    `glpat-${'x'.repeat(20)}`,
    `sk_live_${'9'.repeat(24)}`,
    `AIza${'b'.repeat(35)}`,
    '-----BEGIN RSA PRIVATE KEY-----',
  ])('are found by their format: %s', (secret) => {
    expect(holdsSecretValue(`{"note":"${secret}"}`)).toBe(true);
    expect(redactPayload(`{"note":"${secret}"}`)).not.toContain(secret);
  });

  it.each(['AKIAIOSFODNN7EXAMPLE', 'key_42', 'unknown:f52fbd32b2b3b86f'])('are not: %s', (name) => {
    expect(holdsSecretValue(`{"subject":"${name}"}`)).toBe(false);
  });

  it('are found by the name of a member, at any depth', () => {
    expect(secretMemberOf({ a: [{ sessionToken: 'x' }] })).toBe('a[].sessionToken');
    expect(secretMemberOf({ secretVersion: 2, tokenCount: 1, keyId: 'k' })).toBeUndefined();
    expect(secretMemberOf({ password: null })).toBeUndefined();
  });

  it('are redacted in JSON and in broken JSON, and long payloads are cut', () => {
    expect(redactPayload('{"apiKey":"abc","n":1,"password" : "x\\"y"')).toBe(
      '{"apiKey":"[redacted]","n":1,"password" : "[redacted]"',
    );
    expect(redactPayload('x'.repeat(5000))).toHaveLength(4097);
  });

  it('are redacted whole where the cut would fall into them', () => {
    const token = `ghp_${'A'.repeat(36)}`;
    expect(redactPayload(`${'x'.repeat(4080)} ${token} y`)).toBe(
      `${'x'.repeat(4080)} [redacted] y`,
    );
  });

  it('do not survive redaction under any member of their kind', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8, maxLength: 40 }), (value) => {
        fc.pre(!'{"clientSecret":"[redacted]"}'.includes(value));
        expect(redactPayload(JSON.stringify({ clientSecret: value }))).toBe(
          '{"clientSecret":"[redacted]"}',
        );
      }),
    );
  });
});

describe('topics', () => {
  it('have state beside their source, partition by partition', () => {
    expect(TOPICS.detectionState.partitions).toBe(TOPICS.keyEvents.partitions);
  });

  it('are stamped on arrival wherever freshness leans on it', () => {
    for (const topic of ALL_TOPICS.filter(({ name }) => name !== TOPICS.detectionState.name)) {
      expect(topic.config).toMatchObject({ 'message.timestamp.type': 'LogAppendTime' });
    }
  });
});

describe('jsonSchemaOf', () => {
  it('describes every type, open to further members', () => {
    for (const schema of Object.values(KEY_EVENT_DATA)) {
      expect(jsonSchemaOf(schema)).toMatchObject({ type: 'object', additionalProperties: {} });
    }
  });
});
