import type { Finding } from '@keywatch/alerting';
import { REQUEST_MADE, type KeyEvent } from '@keywatch/events';
import { z } from 'zod';
import { defineRule } from '../../rule.js';
import { AGAIN_AFTER_DAYS } from '../../uses/again-after-days.js';
import { wasServed } from '../../uses/answers.js';
import { callerOf, eventIdsOf } from '../../uses/event-of-finding.js';
import * as incidents from '../../uses/incident.js';
import { networksInSql, networksText, newsText } from '../../uses/incident-text.js';
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
  version: 3,
  title: 'Revoked key used',
  description:
    'A request was made with the key more than 60 seconds after its revocation: high; critical where it was served (the ' +
    'gateway allowed it or, where it does not say, the answer was 2xx). One alert per key, once more for each further 7 days since ' +
    'the revocation in which it goes on, and one each time the number of networks (/24 of IPv4, /48 of IPv6) has doubled, up ' +
    'to 8. Each is told again when it holds of served requests alone. Holds whichever comes first, the use ' +
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
  stateBytes: 6 * 1024,
  keepsMs: (_settings, latenessMs) => HOUR_MS + latenessMs,
  initial: incidents.noIncident,
  serialize: (incident) =>
    incident.used.length === 0 ? undefined : incidents.packIncident(incident),
  deserialize: (json) => incidents.unpackIncident(json as incidents.StoredIncident),

  fold(incident, event, context) {
    const { timeMs, clockMs, latenessMs, key, keyBefore, settings } = context;
    const revokedAtMs = key?.revokedAtMs;
    const beginning = revokedAtMs === undefined ? undefined : beginningOf(revokedAtMs, settings);
    if (event.type !== REQUEST_MADE) {
      if (beginning === undefined || revokedAtMs === keyBefore?.revokedAtMs) return NOTHING;
      return incidents
        .newsOfBeginning(incident, beginning)
        .map((news) => findingOf(news, beginning, event, settings));
    }
    const use = { timeMs, address: event.data.sourceIp, served: wasServed(event.data) };
    const oldestMs = clockMs - latenessMs;
    incidents.addUse(incident, use, Math.min(oldestMs, beginning?.afterMs ?? oldestMs));
    if (beginning === undefined) return NOTHING;
    return incidents
      .newsOfUse(incident, use, beginning)
      .map((news) => findingOf(news, beginning, event, settings));
  },
});

const NOTHING: readonly Finding[] = [];

function beginningOf(
  revokedAtMs: number,
  { graceSeconds, againAfterDays }: Settings,
): incidents.Beginning {
  const afterMs = revokedAtMs + graceSeconds * 1000;
  return { atMs: revokedAtMs, afterMs, periodMs: againAfterDays * DAY_MS };
}

function findingOf(
  news: incidents.News,
  { atMs, afterMs, periodMs }: incidents.Beginning,
  event: KeyEvent,
  { againAfterDays }: Settings,
): Finding {
  const { served, lastMs, names } = news;
  const severity = served ? 'critical' : 'high';
  const startMs = atMs + news.period * periodMs;
  return {
    window: newsText(news, againAfterDays),
    severity,
    occurredAtMs: lastMs,
    sentence:
      `Key ${event.keyId} was revoked at ${momentInWords(atMs)} and used again at ${momentInWords(lastMs)} from ` +
      `${networksText(news)}; the request was ${served ? 'served' : 'not served'}. ` +
      (served
        ? 'Block the key at the gateway now, and find out why it still lets it in.'
        : 'Find out who still has it: move a forgotten client to the new key, block anybody else.'),
    facts: {
      revokedAt: new Date(atMs).toISOString(),
      lastUsedAt: new Date(lastMs).toISOString(),
      networks: [...names],
      served,
      ...callerOf(event),
    },
    ...eventIdsOf(event),
    revision: [severity],
    scope: {
      view: 'requests',
      fromMs: Math.max(startMs, afterMs + 1),
      toMs: Math.max(startMs + periodMs - 1, lastMs),
      where: networksInSql(news),
    },
  };
}
