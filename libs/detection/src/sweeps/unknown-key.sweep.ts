import { countInWords, sqlText } from '@keywatch/alerting';
import { UNKNOWN_KEY_PREFIX } from '@keywatch/events';
import { z } from 'zod';
import { defineSweep } from '../sweep.js';
import { networkInSql } from '../uses/network.js';
import { MINUTE_MS, momentInWords } from '../uses/times.js';
import { GATEWAYS, mappedNetworks } from './shared/addresses.sql.js';
import { count, iso } from './shared/key-row.js';
import { LOOK_BACK_DAYS, MAX_FINDINGS, toldUpTo } from './shared/look-back.js';
import { UNKNOWN_KEYS } from './unknown-key.sql.js';

const tries = (byDefault: number, description: string) =>
  z.int().min(2).max(100_000).default(byDefault).describe(description);

const SETTINGS = z.strictObject({
  addressTries: tries(5, 'Requests with unknown keys from one address that are too many'),
  networkTries: tries(20, 'The same from one network (IPv4 /24, IPv6 /48), of several addresses'),
  windowMinutes: z.int().min(1).max(1440).default(10).describe('Minutes that they fall within'),
  forgiveMinutes: z
    .int()
    .min(0)
    .max(1440)
    .default(10)
    .describe('Minutes within which a success of the same address forgives a try as a slip'),
  gateways: GATEWAYS,
  lookBackDays: LOOK_BACK_DAYS,
  maxFindings: MAX_FINDINGS,
});

/** One row: the fullest window of an address or network on a day. Times in ms since 1970. */
const ROW = z.object({
  tenant_id: z.string(),
  lane: z.string(),
  /** Address, or network with its size. */
  subject: z.string(),
  is_network: z.coerce.boolean(),
  /** UTC day on which the window begins. */
  window: z.string(),
  /** Not forgiven. */
  tries: count,
  from_ms: count,
  last_ms: count,
  /** Forgiven or not. */
  requests: count,
  key_count: count,
  address_count: count,
  /** In alphabetical order, at most 50 and 5. */
  addresses: z.array(z.string()),
  agents: z.array(z.string()),
});
type Row = z.output<typeof ROW>;

/** Somebody guesses keys, or a client has a wrong one. */
export const unknownKey = defineSweep({
  id: 'unknown-key',
  version: 1,
  title: 'Requests with keys that nobody issued',
  description:
    '5 requests with keys that nobody issued came from one source address within 10 minutes, or 20 from several addresses ' +
    'of one network (IPv4 /24, IPv6 /48). The window slides: every moment counts as a beginning. A try after which the ' +
    'same address succeeds with a known key within 10 minutes is a slip and does not count; so tries are judged when ' +
    'those minutes are over. One alert per address or network and UTC day on which such a window begins. Quiet for ' +
    'gateways and where the source is no address.',
  severity: 'medium',
  runbook: {
    means:
      'Somebody guesses keys or tries old ones from a list, or a client was set up with a wrong key and tries it again ' +
      'and again.',
    check: [
      'Run the query of the alert grouped by key_id: many keys mean guessing, one key a client that is set up wrongly.',
      'Did any request of the same address or network succeed? Run `keywatch sql --saved what-did-address-do`.',
    ],
    act: [
      'Guessing: block the address or network, and look whether it succeeded with any key.',
      'A client of yours: give it the right key.',
    ],
    falseAlarms: [
      'Proxies and NAT that many clients share: set gateways to their networks, or raise addressTries.',
      'A forgotten client that nobody can mend: except its address with a reason and an expiry.',
    ],
  },
  settings: SETTINGS,
  row: ROW,

  sql({ windowMinutes, forgiveMinutes, gateways, lookBackDays, ...settings }, time) {
    return {
      query: UNKNOWN_KEYS,
      params: {
        ...settings,
        windowMs: windowMinutes * MINUTE_MS,
        forgiveMs: forgiveMinutes * MINUTE_MS,
        gateways: mappedNetworks(gateways),
        asOfMs: time.asOfMs,
        sinceMs: toldUpTo(time, lookBackDays),
      },
    };
  },

  toFindings(row, { settings: { windowMinutes } }) {
    return [
      {
        tenantId: row.tenant_id,
        lane: row.lane,
        keyId: row.subject,
        window: row.window,
        severity: 'medium',
        occurredAtMs: row.last_ms,
        sentence: sentenceOf(row, windowMinutes),
        facts: {
          day: row.window,
          [row.is_network ? 'network' : 'address']: row.subject,
          tries: row.tries,
          windowMinutes,
          windowFrom: iso(row.from_ms),
          lastAt: iso(row.last_ms),
          requests: row.requests,
          keyCount: row.key_count,
          addressCount: row.address_count,
          addresses: row.addresses,
          agents: row.agents,
        },
        revision: [row.window],
        scope: {
          view: 'requests',
          anyKey: true,
          fromMs: row.from_ms,
          toMs: row.from_ms + windowMinutes * MINUTE_MS - 1,
          where: [
            row.is_network
              ? networkInSql(row.subject)
              : `source_address = toIPv6(${sqlText(row.subject)})`,
            `startsWith(key_id, ${sqlText(UNKNOWN_KEY_PREFIX)})`,
          ],
        },
      },
    ];
  },
});

function sentenceOf(row: Row, minutes: number): string {
  const keys = countInWords(row.key_count, 'key');
  const from = row.is_network
    ? `${countInWords(row.address_count, 'address', 'addresses')} of the network ${row.subject}`
    : row.subject;
  const advice =
    row.key_count === 1
      ? 'It is the same key each time: most likely a client that is set up wrongly.'
      : 'Block whoever guesses, and look whether a key of yours was found.';
  return (
    `${row.requests} requests with ${keys} that nobody issued came from ${from} within the ${minutes} minutes from ` +
    `${momentInWords(row.from_ms)}. ${advice}`
  );
}
