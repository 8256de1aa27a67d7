import type { News } from './incident.js';
import { networkInSql } from './network.js';

/** Window of an alert about an incident: `in use`, `in use after 7 days`, `2 networks`. */
export function newsText({ networks, period }: News, periodDays: number): string {
  if (networks > 1) return `${networks} networks`;
  return period === 0 ? 'in use' : `in use after ${period * periodDays} days`;
}

/** Where from, for a sentence: `192.0.2.0/24`, `2 networks (192.0.2.0/24, 198.51.100.0/24)`. */
export function networksText({ networks, names }: News): string {
  const texts = names.map((name) => (name === '' ? 'an unknown address' : name));
  return networks === 1
    ? (texts[0] ?? 'an unknown address')
    : `${texts.length} networks (${texts.join(', ')})`;
}

/** Conditions of the evidence: the network of a single one; of several the whole key is to be looked at. */
export function networksInSql({ networks, names }: News): string[] {
  return networks === 1 ? [networkInSql(names[0] ?? '')] : [];
}
