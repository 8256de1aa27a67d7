import { describe, expect, it } from '@jest/globals';
import { decodeAnnouncement, encodeAnnouncement } from './announcement.js';

describe('announcement', () => {
  const announcement = {
    to: 9_007_199_254_740_993n,
    n: 5,
    crc: 4_294_967_295,
    rowVersion: '1/5x7',
  };

  it('comes back as it was, offsets beyond 2^53 too', () => {
    expect(decodeAnnouncement(encodeAnnouncement(announcement))).toEqual(announcement);
  });

  it('is short: brokers take 4,096 bytes of metadata', () => {
    expect(encodeAnnouncement(announcement).length).toBeLessThan(100);
  });

  it('is none where the metadata is empty', () => {
    expect(decodeAnnouncement('')).toBeUndefined();
    expect(decodeAnnouncement(null)).toBeUndefined();
  });

  it.each(['text', '{}', '{"to":5,"n":1,"crc":1,"rowVersion":"1"}', '{"to":"5","n":-1}', 'null'])(
    'refuses metadata of another program: %s',
    (metadata) => {
      expect(() => decodeAnnouncement(metadata)).toThrow(/no version of Keywatch has written/);
    },
  );
});
