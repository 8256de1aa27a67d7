import type { Finding } from '@keywatch/alerting';
import { DEFAULT_LIMIT_DAYS, LIMIT_DAYS } from '@keywatch/keys';
import { z } from 'zod';
import { defineSweep } from '../sweep.js';
import { STALE_KEY_ROW, type StaleKeyCaller, type StaleKeyRow } from './stale-key.row.js';
import { staleKeySentence } from './stale-key.sentence.js';
import { STALE_KEYS } from './stale-key.sql.js';

const DAY_MS = 86_400_000;
const days = (byDefault: number, description: string) =>
  z.int().min(1).max(3650).default(byDefault).describe(description);

const SETTINGS = z.strictObject({
  limitDaysByPlan: z
    .record(z.string(), z.int().min(1).max(3650))
    .default({ ...LIMIT_DAYS })
    .describe('Days that a secret may live, by plan (lower case)'),
  limitDays: days(DEFAULT_LIMIT_DAYS, 'Days that a secret may live under any other plan'),
  noticeDaysBefore: days(15, 'Days before the limit of the first notice'),
  overdueDaysAfter: days(30, 'Days after the limit of the second reminder'),
  longDays: days(365, 'Days from which a secret is a high risk, whatever the plan'),
  callersDays: days(30, 'Days back that callers are listed'),
  maxFindings: z
    .int()
    .min(1)
    .max(10_000)
    .default(1000)
    .describe('Findings per sweep; the rest come with the next'),
});

/** A secret that is older than its plan allows. 90 and 365 days are the limits of CIS and AWS Config. */
export const staleKey = defineSweep({
  id: 'stale-key',
  version: 2,
  title: 'Key needs rotation',
  description:
    'The age of a secret (as of now minus the later of creation and last rotation) has passed a milestone: 15 days before ' +
    'the limit of its plan (low), the limit and 30 days after it (medium), 365 days (high). Only the highest milestone ' +
    'passed is told, once per secret version. Quiet for keys that are revoked, disabled, expired or temporary. Where ' +
    'neither creation nor rotation was seen the age counts from the first use and says "at least". The age of a key that ' +
    'only an import of old logs knows counts to the end of that import. Keys that nobody issued are none.',
  severity: 'high',
  runbook: {
    means:
      'Nobody has replaced the secret for long. The longer it lives, the more copies of it exist in configurations, ' +
      'images, logs and the machines of those who left.',
    check: [
      'Look at who still calls with it: `keywatch report callers` or the list in the alert.',
      'Nobody called for months: it can be revoked. Nobody knows the callers: find them before rotating.',
    ],
    act: [
      'Make a new secret, give it to every caller listed, then end the old one; or revoke the key.',
      'Give new keys an expiry, so that rotation is not a question of memory.',
    ],
    falseAlarms: [
      'Another limit applies to a plan: set limitDaysByPlan.',
      'A key of hardware that can not be rotated: except it with a reason and an expiry.',
    ],
  },
  settings: SETTINGS,
  row: STALE_KEY_ROW,

  sql({ limitDaysByPlan, ...settings }, { asOfMs }) {
    const plans = Object.keys(limitDaysByPlan);
    const planLimits = Object.values(limitDaysByPlan);
    return { query: STALE_KEYS, params: { ...settings, plans, planLimits, asOfMs } };
  },

  toFindings(row, { settings }) {
    const { milestone_days: milestone, limit_days: limit } = row;
    const owner = { id: row.owner_id, email: row.owner_email, team: row.owner_team };
    const hasOwner = Object.values(owner).some((text) => text !== '');
    const severity =
      milestone >= settings.longDays ? 'high' : milestone >= limit ? 'medium' : 'low';
    return [
      {
        tenantId: row.tenant_id,
        lane: row.lane,
        keyId: row.key_id,
        window: row.window,
        severity,
        occurredAtMs: row.since_ms + milestone * DAY_MS,
        sentence: staleKeySentence(row, settings.callersDays),
        facts: factsOf(row),
        revision: [row.window],
        scope: { view: 'keys' },
        ...(hasOwner ? { owner } : {}),
      },
    ];
  },
});

function factsOf(row: StaleKeyRow): Finding['facts'] {
  const iso = (ms: number): string => new Date(ms).toISOString();
  const [owner = ''] = [row.owner_email, row.owner_id, row.owner_team].filter(
    (text) => text !== '',
  );
  return {
    ageDays: row.age_days,
    ageIsAtLeast: row.at_least,
    since: iso(row.since_ms),
    milestoneDays: row.milestone_days,
    limitDays: row.limit_days,
    plan: row.plan,
    owner,
    secretVersion: row.secret_version,
    requests: row.requests,
    ...(row.last_used_ms === 0 ? {} : { lastUsed: iso(row.last_used_ms) }),
    callerCount: row.caller_count,
    callers: row.callers.map(callerInFacts),
  };
}

function callerInFacts([environment, addressBlock, userAgent, requests]: StaleKeyCaller): string {
  const parts = [environment, addressBlock, userAgent].map((part) =>
    part === '' ? 'unknown' : part,
  );
  return [...parts, `${requests} requests`].join(' | ');
}
