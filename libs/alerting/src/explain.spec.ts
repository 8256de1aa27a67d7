import { describe, expect, it } from '@jest/globals';
import { anAlert } from '@keywatch/testing';
import fc from 'fast-check';
import { parse } from 'yaml';
import { exceptionFor, runbookOf } from './explain.js';

const NOW = Date.UTC(2026, 2, 1, 12);

describe('the exception', () => {
  it('is one line for the settings, and ends by itself', () => {
    expect(exceptionFor(anAlert(), NOW)).toBe(
      '- {rule: stale-key, key: key_42, tenant: acme, reason: "alert aaaaaaaa: say here why this is fine", expires: 2026-05-30}',
    );
  });

  it('reads back as what it is about, whatever that is called', () => {
    const name = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
      fc.constantFrom(
        'true',
        'No',
        '1e3',
        '0x1f',
        'unknown:00ff',
        'a, b',
        '{a}',
        '# a',
        '*a',
        '2026-01-01',
        '~',
      ),
    );
    fc.assert(
      fc.property(name, name, (keyId, tenantId) => {
        const line = exceptionFor(anAlert({ keyId, tenantId }), NOW);
        expect(line).not.toContain('\n');
        expect(parse(`exceptions:\n  ${line}\n`)).toEqual({
          exceptions: [
            {
              rule: 'stale-key',
              key: keyId,
              tenant: tenantId,
              reason: expect.any(String),
              expires: '2026-05-30',
            },
          ],
        });
      }),
    );
  });
});

describe('the runbook', () => {
  it.each([
    [undefined, 'docs/runbooks/stale-key.md'],
    ['https://wiki.example.com/keywatch/', 'https://wiki.example.com/keywatch/stale-key.md'],
    ['https://wiki.example.com/{rule}?v=1', 'https://wiki.example.com/stale-key?v=1'],
  ])('with %s is %s', (where, link) => {
    expect(runbookOf('stale-key', where)).toBe(link);
  });
});
