import { describe, expect, it } from '@jest/globals';
import { isNetwork, networkMatcher } from './networks.js';

describe('networks', () => {
  it.each([
    '203.0.113.7',
    '10.0.0.0/8',
    '0.0.0.0/0',
    '2001:db8::1',
    '2001:db8::/32',
    '::ffff:10.0.0.1',
  ])('%s is one', (text) => {
    expect(isNetwork(text)).toBe(true);
  });

  it.each([
    '',
    '10.1',
    '010.0.0.1',
    '0x7f.0.0.1',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'ec2.amazonaws.com',
    '2001:db8::/129',
    '10.0.0.256',
  ])('%j is none', (text) => {
    expect(isNetwork(text)).toBe(false);
  });

  it('hold the addresses between their ends', () => {
    const inside = networkMatcher(['10.1.0.0/16', '2001:db8::/32', '192.0.2.5']);
    expect(['10.1.0.0', '10.1.255.255', '2001:db8:ffff::1', '192.0.2.5'].every(inside)).toBe(true);
    expect(['10.0.255.255', '10.2.0.0', '2001:db9::', '192.0.2.6', 'a service'].some(inside)).toBe(
      false,
    );
  });

  it('hold an IPv4 address however it is written, and smaller networks', () => {
    expect(networkMatcher(['10.0.0.0/8'])('::ffff:10.9.9.9')).toBe(true);
    expect(networkMatcher(['::ffff:10.0.0.0/104'])('10.9.9.9')).toBe(true);
    const inside = networkMatcher(['10.0.0.0/8']);
    expect(inside('10.1.2.0/24')).toBe(true);
    expect(inside('10.0.0.0/8')).toBe(true);
    expect(inside('0.0.0.0/0')).toBe(false);
    expect(inside('::/0')).toBe(false);
  });
});
