import { sqlText } from '@keywatch/alerting';
import { UNKNOWN_KEY_PREFIX } from '@keywatch/events';
import { z } from 'zod';
import { defineSweep } from '../sweep.js';
import { MINUTE_MS, momentInWords } from '../uses/times.js';
import { ONE_ADDRESS_MANY_KEYS } from './one-address-many-keys.sql.js';
import { GATEWAYS, mappedNetworks } from './shared/addresses.sql.js';
import { count, iso } from './shared/key-row.js';
import { LOOK_BACK_DAYS, MAX_FINDINGS, toldUpTo } from './shared/look-back.js';

const SETTINGS = z.strictObject({
  keys: z.int().min(2).max(10_000).default(10).describe('Different keys that are too many'),
  windowMinutes: z.int().min(1).max(1440).default(10).describe('Minutes that they fall within'),
  gateways: GATEWAYS,
  lookBackDays: LOOK_BACK_DAYS,
  maxFindings: MAX_FINDINGS,
});

/** One row: the fullest window of an address and day. Times in ms since 1970. */
const ROW = z.object({
  tenant_id: z.string(),
  lane: z.string(),
  address: z.string(),
  /** UTC day on which the window begins. */
  window: z.string(),
  key_count: count,
  from_ms: count,
  last_ms: count,
  requests: count,
  refused: count,
  /** In alphabetical order, at most 50 and 5. */
  keys: z.array(z.string()),
  agents: z.array(z.string()),
});
type Row = z.output<typeof ROW>;

/** Whoever comes with many keys has a list of them. */
export const oneAddressManyKeys = defineSweep({
  id: 'one-address-many-keys',
  version: 1,
  title: 'One address uses many keys',
  description:
    '10 or more different long-term keys of a tenant came from one source address within 10 minutes, refused or not. ' +
    'The window slides: every moment counts as a beginning. One alert per address and UTC day on which such a window ' +
    'begins, with the fullest of that day when it was first seen. Temporary keys do not count (a console makes many), ' +
    'nor do keys that nobody issued (unknown-key). Quiet for gateways and where the source is no address.',
  severity: 'high',
  runbook: {
    means:
      'Somebody has a list of keys (a leaked file, a dump of a secret store) and tries them from one place. Or many ' +
      'clients of one office, proxy or cluster share an address.',
    check: [
      'Run the query of the alert grouped by key_id and outcome: how many were served, and to whom do those keys belong?',
      'Do user_agent and endpoint differ from key to key (many clients), or are they all the same (one program)?',
      'See what the address did before: `keywatch sql --saved what-did-address-do`.',
    ],
    act: [
      'One program with keys of several owners: block the address, rotate every key that was served, ask where the list came from.',
      'A gateway: add it to gateways.',
    ],
    falseAlarms: [
      'Proxies, NAT and clusters that many clients share: set gateways to their networks.',
      'A job that looks after many keys on purpose: except its address with a reason and an expiry.',
    ],
  },
  settings: SETTINGS,
  row: ROW,

  sql({ windowMinutes, gateways, lookBackDays, ...settings }, time) {
    return {
      query: ONE_ADDRESS_MANY_KEYS,
      params: {
        ...settings,
        windowMs: windowMinutes * MINUTE_MS,
        gateways: mappedNetworks(gateways),
        asOfMs: time.asOfMs,
        sinceMs: toldUpTo(time, lookBackDays),
      },
    };
  },

  toFindings(row, { settings }) {
    return [
      {
        tenantId: row.tenant_id,
        lane: row.lane,
        keyId: row.address,
        window: row.window,
        severity: 'high',
        occurredAtMs: row.last_ms,
        sentence: sentenceOf(row, settings.windowMinutes),
        facts: {
          day: row.window,
          address: row.address,
          keyCount: row.key_count,
          windowMinutes: settings.windowMinutes,
          windowFrom: iso(row.from_ms),
          lastAt: iso(row.last_ms),
          requests: row.requests,
          refused: row.refused,
          keys: row.keys,
          agents: row.agents,
        },
        revision: [row.window],
        scope: {
          view: 'requests',
          anyKey: true,
          fromMs: row.from_ms,
          toMs: row.from_ms + settings.windowMinutes * MINUTE_MS - 1,
          where: [
            `source_address = toIPv6(${sqlText(row.address)})`,
            `NOT startsWith(key_id, ${sqlText(UNKNOWN_KEY_PREFIX)})`,
            "(tenant_id, key_id) NOT IN (SELECT tenant_id, key_id FROM keys WHERE kind = 'temporary')",
          ],
        },
      },
    ];
  },
});

function sentenceOf(row: Row, minutes: number): string {
  const answers =
    row.refused === 0
      ? 'none was refused'
      : row.refused === row.requests
        ? 'all were refused'
        : `${row.refused} were refused`;
  return (
    `${row.key_count} keys came from ${row.address} within the ${minutes} minutes from ${momentInWords(row.from_ms)}, ` +
    `in ${row.requests} requests of which ${answers}. Find out who has so many keys: block the address and rotate ` +
    'the keys that were served, or name it as a gateway.'
  );
}
