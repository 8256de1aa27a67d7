import { describe, expect, it } from '@jest/globals';
import { networkInSql, networkOf } from './network.js';

describe('the network of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.0/24'],
    ['::ffff:192.0.2.7', '192.0.2.0/24'],
    ['2001:db8:7:1::1', '2001:db8:7::/48'],
    ['2001:DB8::1', '2001:db8:0::/48'],
    ['::1', '0:0:0::/48'],
    ['999.0.2.7', '999.0.2.7'],
    ['192.0.2', '192.0.2'],
    ['lambda.example', 'lambda.example'],
    ['1:2:3', '1:2:3'],
    ['', ''],
    [undefined, ''],
  ])('%s is in %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('is bounded in length, and two long names stay two', () => {
    const [a, b] = [networkOf(`${'x'.repeat(200)}a`), networkOf(`${'x'.repeat(200)}b`)];
    expect(a).not.toBe(b);
    expect(a).toHaveLength(45);
  });
});

describe('the network in SQL', () => {
  it.each([
    [
      '192.0.2.7',
      "source_address BETWEEN toIPv6('::ffff:192.0.2.0') AND toIPv6('::ffff:192.0.2.255')",
    ],
    [
      '2001:db8::1',
      "source_address BETWEEN toIPv6('2001:db8:0::') AND toIPv6('2001:db8:0:ffff:ffff:ffff:ffff:ffff')",
    ],
    ["o'neill", "source_ip = 'o\\'neill'"],
    ['x'.repeat(200), `startsWith(source_ip, '${'x'.repeat(34)}')`],
    ['', "source_ip = ''"],
  ])('%s: %s', (address, sql) => {
    expect(networkInSql(networkOf(address))).toBe(sql);
  });
});
