import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.process>;
type Network = readonly [Address, number];

/** Whether text is an address or a network in CIDR form, in its usual writing (no octal, no `10.1`). */
export function isNetwork(text: string): boolean {
  return networkOf(text) !== undefined;
}

/**
 * Says whether an address, or a whole network (`10.1.0.0/16`), lies in one of the networks. Text that is no address (a
 * service's name) lies in none; an IPv4 address mapped into IPv6 is that IPv4 address.
 */
export function networkMatcher(networks: readonly string[]): (text: string) => boolean {
  const parsed = networks.map(networkOf).filter((network) => network !== undefined);
  return (text) => {
    const wanted = networkOf(text);
    if (wanted === undefined) return false;
    const [address, bits] = wanted;
    return parsed.some(
      ([base, size]) => base.kind() === address.kind() && size <= bits && address.match(base, size),
    );
  };
}

function networkOf(text: string): Network | undefined {
  const [name = '', size, ...more] = text.split('/');
  if (more.length > 0 || !isUsualAddress(name)) return undefined;
  const written = ipaddr.parse(name);
  const whole = written.kind() === 'ipv4' ? 32 : 128;
  if (size !== undefined && !/^\d{1,3}$/.test(size)) return undefined;
  const bits = size === undefined ? whole : Number(size);
  if (bits > whole) return undefined;
  const address = ipaddr.process(name);
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8.
  if (written.kind() !== address.kind()) return bits < 96 ? [written, bits] : [address, bits - 96];
  return [address, bits];
}

function isUsualAddress(text: string): boolean {
  return text.includes(':')
    ? ipaddr.IPv6.isValid(text)
    : ipaddr.IPv4.isValidFourPartDecimal(text) && !/(^|\.)0\d/.test(text);
}
