import { describe, expect, it } from '@jest/globals';
import {
  decodeChangelogRecord,
  encodeChangelogRecord,
  type ChangelogRecord,
} from './changelog-record.js';

/** As a broker hands it out: bytes. */
function travelled(record: ChangelogRecord) {
  const { key, value, headers = {} } = encodeChangelogRecord(record, 2);
  return {
    key: Buffer.from(key as string),
    value: value === null ? null : Buffer.from(value as string),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, text]) => [name, Buffer.from(text as string)]),
    ),
  };
}

describe('changelog records', () => {
  it.each([
    { key: 'live/acme/k1', value: '{"o":7}', asOf: 7, admitted: undefined },
    { key: 'live/acme/ü', value: '"ü"', asOf: 9_007_199_254_740_991, admitted: 20 },
    { key: 'live/acme/gone', value: null, asOf: 0, admitted: undefined },
  ])('come back as they were written: $key', (record) => {
    expect(decodeChangelogRecord(travelled(record))).toEqual(record);
  });

  it('go to the given partition, not to the one of their key', () => {
    expect(
      encodeChangelogRecord({ key: 'a', value: 'x', asOf: 1, admitted: undefined }, 2),
    ).toMatchObject({
      partition: 2,
    });
  });

  it.each([
    ['no key', { key: null, value: null, headers: { o: '1' } }],
    ['no offset', { key: Buffer.from('a'), value: null, headers: {} }],
    ['an offset that is none', { key: Buffer.from('a'), value: null, headers: { o: 'x' } }],
  ])('of others are left out: %s', (_name, message) => {
    expect(decodeChangelogRecord(message)).toBeUndefined();
  });
});
