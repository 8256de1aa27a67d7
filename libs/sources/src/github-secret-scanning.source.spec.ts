import { describe, expect, it } from '@jest/globals';
import { decodeKeyEvent, encodeKeyEvent } from '@keywatch/events';
import fc from 'fast-check';
import { githubSecretScanningKind } from './github-secret-scanning.source.js';
import { MappingError } from './settings/mapping-error.js';
import { hashName, sha256 } from './settings/key-name.js';
import { isRejected, type SourceOutcome } from './source.js';

const SECRET = 'kw_k42.9f8e7d6c5b4a';
const URL = 'https://github.com/acme/shop/security/secret-scanning/7';
/** As GET /repos/{owner}/{repo}/secret-scanning/alerts lists them. */
const ALERT = {
  number: 7,
  created_at: '2026-11-20T08:00:00Z',
  url: 'https://api.github.com/repos/acme/shop/secret-scanning/alerts/7',
  html_url: URL,
  state: 'open',
  resolution: null,
  secret_type: 'keywatch_key',
  secret_type_display_name: 'Keywatch key',
  secret: SECRET,
};
const PATTERN = { patterns: [{ pattern: '^(kw_k\\d+)\\.' }] };

const taking = (record: unknown, mapping: unknown = PATTERN): SourceOutcome =>
  githubSecretScanningKind.open(mapping).events(record, { lane: 'leaks' });

function one(record: unknown, mapping: unknown = PATTERN) {
  const outcome = taking(record, mapping);
  if (isRejected(outcome)) throw new Error(outcome.error);
  return outcome.events[0];
}

describe("GitHub's secret scanning", () => {
  it('reports the leak of the key whose public name the secret holds, never the secret', () => {
    const event = one(ALERT);
    expect(event).toEqual({
      id: 'acme/shop#7',
      source: 'urn:github:secret-scanning',
      type: 'keywatch.key.leak-reported.v1',
      subject: 'kw_k42',
      time: '2026-11-20T08:00:00.000Z',
      tenantid: 'default',
      lane: 'leaks',
      data: {
        reporter: 'github-secret-scanning',
        url: URL,
        exposedAt: '2026-11-20T08:00:00.000Z',
        fingerprint: hashName(SECRET),
      },
    });
    expect(JSON.stringify(event)).not.toContain('9f8e7d6c');
  });

  it('finds the key by the hash of the secret, or by the address of the alert', () => {
    const byHash = { keys: [{ sha256: sha256(SECRET).toUpperCase(), key: 'k1', tenant: 'acme' }] };
    expect(one(ALERT, byHash)).toMatchObject({ subject: 'k1', tenantid: 'acme' });
    expect(one(ALERT, { keys: [{ alert: URL, key: 'k2' }] })?.subject).toBe('k2');
  });

  it('is one leak, whether it comes from the API or from a webhook, open or resolved', () => {
    const { secret: _secret, ...told } = ALERT;
    const mapping = { keys: [{ alert: URL, key: 'k2' }] };
    const webhook = {
      action: 'resolved',
      alert: { ...told, state: 'resolved', resolution: 'revoked' },
      repository: { full_name: 'acme/shop' },
    };
    expect(one(webhook, mapping)?.id).toBe(one(ALERT, mapping)?.id);
  });

  it('names the key of a webhook without the secret only where the mapping does', () => {
    const { secret: _secret, ...told } = ALERT;
    expect(taking({ action: 'created', alert: told })).toMatchObject({ rejected: 'no-secret' });
  });

  it('watches a secret that nobody knows under its hash, as requests with it are', () => {
    expect(one(ALERT, {})?.subject).toMatch(/^unknown:[0-9a-f]{16}$/);
    expect(one(ALERT, { unmatched: 'hash' })?.subject).toBe(hashName(SECRET));
    expect(taking(ALERT, { unmatched: 'skip' })).toEqual({ events: [], skipped: 'no-known-key' });
  });

  it('knows that an AWS access key id is a public name', () => {
    const alert = { ...ALERT, secret_type: 'aws_access_key_id', secret: 'AKIAIOSFODNN7EXAMPLE' };
    expect(one(alert)?.subject).toBe('AKIAIOSFODNN7EXAMPLE');
  });

  it('takes tokens as GitHub sends them to issuers', () => {
    const match = { token: SECRET, type: 'keywatch_key', url: 'https://github.com/a/b/blob/c/d' };
    expect(one(match)).toMatchObject({ subject: 'kw_k42', data: { url: match.url } });
    expect(one(match)).not.toHaveProperty('time');
  });

  it('never names a key by its whole secret, also where the pattern takes all of it', () => {
    expect(one(ALERT, { patterns: [{ pattern: '^.*$' }] })?.subject).toBe(hashName(SECRET));
  });

  it('passes over false positives and rejects what is no alert', () => {
    expect(taking({ ...ALERT, resolution: 'false_positive' })).toMatchObject({
      skipped: 'false-positive',
    });
    expect(taking({ zen: 'Keep it logically awesome.' })).toMatchObject({
      rejected: 'not-an-alert',
    });
    expect(taking({ ...ALERT, created_at: 'soon' })).toMatchObject({ rejected: 'invalid-time' });
  });

  it('names every problem of a mapping', () => {
    expect(() =>
      githubSecretScanningKind.open({
        keys: [{ key: 'k' }, { sha256: 'abc', key: '' }],
        patterns: [{ secretType: 'x' }],
        unmatched: 'drop',
      }),
    ).toThrow(MappingError);
    try {
      githubSecretScanningKind.open({ keys: [{ sha256: 'abc', key: '' }], unmatched: 'drop' });
    } catch (error) {
      expect((error as MappingError).problems).toHaveLength(3);
    }
  });

  it('gives for any alert an event without its secret that the log takes, or none', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9_.-]{12,80}$/);
    const mappings = fc.constantFrom(undefined, PATTERN, { patterns: [{ pattern: '.+' }] });
    fc.assert(
      fc.property(secret, fc.nat(), mappings, fc.boolean(), (token, number, mapping, webhook) => {
        const alert = { ...ALERT, number, secret: token };
        const outcome = taking(webhook ? { action: 'created', alert } : alert, mapping);
        for (const event of isRejected(outcome) ? [] : outcome.events) {
          const { value } = encodeKeyEvent(event);
          expect(value).not.toContain(token);
          expect(decodeKeyEvent({ value: Buffer.from(value) })).toMatchObject({ kind: 'ok' });
        }
      }),
    );
  });
});
