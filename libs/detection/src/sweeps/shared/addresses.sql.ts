import { REQUEST_MADE, UNKNOWN_KEY_PREFIX } from '@keywatch/events';
import { z } from 'zod';
import { isNetwork } from '../../policy/networks.js';
import { HAS_TIME } from './has-time.sql.js';

/** Setting of sweeps about addresses. */
export const GATEWAYS = z
  .array(z.string().refine(isNetwork, 'must be an address or a network such as 10.0.0.0/8'))
  .max(1000)
  .default([])
  .describe('Addresses or networks (CIDR) that many clients come from: gateways, proxies, NAT');

/** A source address as people write it: IPv4 where it is one. */
export const addressText = (column: string): string =>
  `replaceRegexpOne(toString(${column}), '^::ffff:([0-9.]+)$', '\\\\1')`;

/** The network of an address: `192.0.2.0/24`, `2001:db8:7::/48`. */
export const networkOf = (column: string): string =>
  `if(startsWith(toString(${column}), '::ffff:'),
            concat(${addressText(`toIPv6(cutIPv6(${column}, 0, 1))`)}, '/24'), concat(cutIPv6(${column}, 10, 0), '/48'))`;

/** Requests whose source is an address, made up to {asOfMs}. Those of an import without a time of their own stand at the import. */
export const FROM_ADDRESSES = `type = '${REQUEST_MADE}' AND source_address != toIPv6('::') AND ${HAS_TIME}
        AND filed_time <= fromUnixTimestamp64Milli({asOfMs:Int64}, 'UTC')`;

/**
 * Requests of which the sweep has not told everything: made after it looked last, or arrived after that. A late one
 * opens its window again.
 */
export const NEW_SINCE = `greatest(log_time, filed_time) > fromUnixTimestamp64Milli({sinceMs:Int64}, 'UTC')`;

export const UNKNOWN_KEY = `startsWith(key_id, '${UNKNOWN_KEY_PREFIX}')`;

/** Whether {gateways} are without this address. */
export const notGateway = (column: string): string =>
  `NOT arrayExists(gateway -> isIPAddressInRange(toString(${column}), gateway), {gateways:Array(String)})`;

/** Networks as the column of source addresses has them: IPv4 mapped into IPv6, always with their size. */
export function mappedNetworks(networks: readonly string[]): string[] {
  return networks.map((network) => {
    const [address = '', bits] = network.split('/');
    return address.includes(':')
      ? `${address}/${bits ?? '128'}`
      : `::ffff:${address}/${String(96 + Number(bits ?? '32'))}`;
  });
}
