import type { Finding } from '@keywatch/alerting';
import { REQUEST_MADE, type KeyEvent } from '@keywatch/events';
import { z } from 'zod';
import { defineRule, type RuleContext } from '../../rule.js';
import { AGAIN_AFTER_DAYS } from '../../uses/again-after-days.js';
import { wasServed } from '../../uses/answers.js';
import { networkInSql } from '../../uses/network.js';
import * as recent from '../../uses/recent-uses.js';
import { DAY_MS, HOUR_MS, momentInWords } from '../../uses/times.js';

const SETTINGS = z.strictObject({
  graceSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .default(60)
    .describe('Seconds that a revocation may take to reach every gateway'),
  againAfterDays: AGAIN_AFTER_DAYS,
});
type Settings = z.output<typeof SETTINGS>;

/** A revoked key that is used: a client that was forgotten, a thief, or a gateway that doesn't know. */
export const revokedKeyUse = defineRule({
  id: 'revoked-key-use',
  version: 2,
  title: 'Revoked key used',
  description:
    'A request was made with the key more than 60 seconds after its revocation: high; critical where it was served (the ' +
    'gateway allowed it or, where it does not say, the answer was 2xx). One alert per key and network of the source (/24 ' +
    'of IPv4, /48 of IPv6), told again when it is served for the first time, and once more for each further 7 days since ' +
    'the revocation in which the network goes on; beyond 8 networks in 7 days the rest is one a day. Holds whichever comes first, the use ' +
    'or the revocation. A disabled key is not a revoked one: it can come back, so its refusals say nothing.',
  severity: 'critical',
  settings: SETTINGS,
  runbook: {
    means:
      'A client that nobody moved to the new key, or somebody who took the old one. Served: a gateway that has not learned ' +
      'of the revocation, or does not ask.',
    check: [
      'Was it served? Then look first at why the gateway lets a revoked key in, and what was read or changed.',
      'Run the query of the alert: is the network one of the owner, and did it use the key before the revocation?',
    ],
    act: [
      'Served: block the key at the gateway by hand, then mend how revocations reach it.',
      'A known client: give its owner the new key. An unknown one: block the network, and treat the old key as stolen.',
    ],
    falseAlarms: [
      'Revocations that take longer than a minute to spread: raise graceSeconds.',
      'A client known to be left behind until a date: except its network with an expiry.',
    ],
  },
  stateBytes: 16 * 1024,
  keepsMs: (_settings, latenessMs) => HOUR_MS + latenessMs,
  initial: (): recent.RecentUses => [],
  serialize: (uses) => (uses.length === 0 ? undefined : recent.packUses(uses)),
  deserialize: (json) => recent.unpackUses(json as recent.StoredUses),

  fold(uses, event, context) {
    const { timeMs, clockMs, latenessMs, key, keyBefore, settings } = context;
    const revokedAtMs = key?.revokedAtMs;
    const count = { periodMs: settings.againAfterDays * DAY_MS, originMs: revokedAtMs };
    if (event.type !== REQUEST_MADE) {
      if (revokedAtMs === undefined || revokedAtMs === keyBefore?.revokedAtMs) return NOTHING;
      for (const use of uses) if (use.told === 0) use.period = recent.periodOf(use.lastMs, count);
      return uses.flatMap((use) => found(use, revokedAtMs, event, context));
    }
    const { data } = event;
    const use = recent.addUse(
      uses,
      { timeMs, address: data.sourceIp, secret: 0, served: wasServed(data) },
      { ...count, clockMs, latenessMs },
    );
    return revokedAtMs === undefined ? NOTHING : found(use, revokedAtMs, event, context);
  },
});

const NOTHING: readonly Finding[] = [];
const [HIGH, CRITICAL] = [1, 2];

function found(
  use: recent.RecentUse,
  revokedAtMs: number,
  event: KeyEvent,
  { settings }: RuleContext<Settings>,
): readonly Finding[] {
  const endsMs = revokedAtMs + settings.graceSeconds * 1000;
  if (use.lastMs <= endsMs) return NOTHING;
  const served = use.servedMs > endsMs;
  const rank = served ? CRITICAL : HIGH;
  if (rank <= use.told) return NOTHING;
  use.told = rank;
  const periodMs = settings.againAfterDays * DAY_MS;
  const startMs = revokedAtMs + use.period * periodMs;
  const severity = served ? 'critical' : 'high';
  const lastMs = served ? use.servedMs : use.lastMs;
  const from = use.network === '' ? 'an unknown address' : use.network;
  const isSingle = !recent.isOtherNetworks(use.network);
  const where = isSingle ? [networkInSql(use.network)] : [];
  const isUse = event.type === REQUEST_MADE;
  return [
    {
      window:
        isSingle && use.period > 0
          ? `${from} after ${use.period * settings.againAfterDays} days`
          : from,
      severity,
      occurredAtMs: lastMs,
      sentence:
        `Key ${event.keyId} was revoked at ${momentInWords(revokedAtMs)} and used again at ${momentInWords(lastMs)} from ` +
        `${from}; the request was ${served ? 'served' : 'not served'}. ` +
        (served
          ? 'Block the key at the gateway now, and find out why it still lets it in.'
          : 'Find out who still has it: move a forgotten client to the new key, block anybody else.'),
      facts: {
        revokedAt: new Date(revokedAtMs).toISOString(),
        lastUsedAt: new Date(lastMs).toISOString(),
        network: from,
        served,
        ...(isUse ? { address: event.data.sourceIp ?? '', agent: event.data.userAgent ?? '' } : {}),
      },
      ...(isUse ? { firstEventId: event.id } : {}),
      lastEventId: event.id,
      revision: [severity],
      scope: {
        view: 'requests',
        fromMs: Math.max(startMs, endsMs + 1),
        toMs: startMs + periodMs - 1,
        where,
      },
    },
  ];
}
