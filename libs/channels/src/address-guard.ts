import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The address is of this machine or a private network, where a webhook has no business. */
export class ForbiddenAddressError extends Error {
  constructor(host: string, address: string) {
    const resolved = host === address ? '' : ` (${host})`;
    super(
      `${address}${resolved} is a loopback, private or reserved address; KEYWATCH_NOTIFY_ALLOW_PRIVATE=true allows it`,
    );
    this.name = 'ForbiddenAddressError';
  }
}

/** Whether an address, IPv4 or IPv6 (IPv4 mapped into IPv6 included), is reachable on the public internet. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

/** @throws ForbiddenAddressError where the host is written as an address that isn't public. */
export function checkLiteralHost(url: URL): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw new ForbiddenAddressError(host, host);
}

/**
 * A lookup for sockets that refuses names which lead to addresses that aren't public. The check stands where the
 * connection is made, so a name that answers differently the second time gains nothing.
 */
export function guardedLookup(resolve: typeof lookup = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) {
        callback(error, '', 0);
        return;
      }
      const forbidden = addresses.find(({ address }) => !isPublicAddress(address));
      const first = addresses[0];
      if (forbidden !== undefined)
        callback(new ForbiddenAddressError(hostname, forbidden.address), '', 0);
      else if (options.all === true) callback(null, addresses, undefined);
      else callback(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}
