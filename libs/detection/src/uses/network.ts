import { sqlText } from '@keywatch/alerting';
import { capText } from '@keywatch/keys';
import ipaddr from 'ipaddr.js';

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const MAX_NAME = 45;
const MAPPED = '::ffff:';

/** Networks found, by address: reading an address takes far longer than looking it up. */
const remembered = new Map<string, string>();
const MAX_REMEMBERED = 8192;
let [lastText, lastNetwork] = ['', ''];

/**
 * The network of a source address: /24 of IPv4 (`192.0.2.0/24`), /48 of IPv6 (`2001:db8:7::/48`, what one site gets:
 * RFC 6177; within it whoever has it changes addresses at will). Text that is no address (a service's name) stands for
 * itself; empty: unknown. Rules ask one after the other about one event, so the last answer is kept.
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined || address === '') return '';
  if (address !== lastText) [lastText, lastNetwork] = [address, lookUp(address)];
  return lastNetwork;
}

function lookUp(address: string): string {
  const known = remembered.get(address);
  if (known !== undefined) return known;
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  const network = find(address);
  remembered.set(address, network);
  return network;
}

function find(address: string): string {
  const text = address.toLowerCase().startsWith(MAPPED) ? address.slice(MAPPED.length) : address;
  if (IPV4.test(text)) return `${text.slice(0, text.lastIndexOf('.'))}.0/24`;
  if (!text.includes(':') || !ipaddr.IPv6.isValid(text)) return capText(text, MAX_NAME);
  const groups = ipaddr.IPv6.parse(text).parts.slice(0, 3);
  return `${groups.map((group) => group.toString(16)).join(':')}::/48`;
}

/** Whether it is a network of addresses, and no name or unknown. */
export function isAddressNetwork(network: string): boolean {
  return network.endsWith('.0/24') || network.endsWith('::/48');
}

/** Condition in SQL over the view `requests`: the source is in this network. */
export function networkInSql(network: string): string {
  const within = (first: string, last: string): string =>
    `source_address BETWEEN toIPv6('${first}') AND toIPv6('${last}')`;
  const [start = '', kind] = network.split(/(?=\.0\/24$|::\/48$)/);
  if (kind === '.0/24') return within(`::ffff:${start}.0`, `::ffff:${start}.255`);
  if (kind === '::/48') return within(`${start}::`, `${start}:ffff:ffff:ffff:ffff:ffff`);
  // A name that was cut is known by its start only.
  return network.length === MAX_NAME && network.includes('~')
    ? `startsWith(source_ip, ${sqlText(network.slice(0, network.lastIndexOf('~')))})`
    : `source_ip = ${sqlText(network)}`;
}
