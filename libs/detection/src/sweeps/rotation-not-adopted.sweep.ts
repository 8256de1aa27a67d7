import { countInWords } from '@keywatch/alerting';
import { z } from 'zod';
import { defineSweep } from '../sweep.js';
import { momentInWords } from '../uses/times.js';
import { ROTATIONS_NOT_ADOPTED } from './rotation-not-adopted.sql.js';
import { count, iso, ownerOf } from './shared/key-row.js';
import { LOOK_BACK_DAYS, MAX_FINDINGS } from './shared/look-back.js';

const percent = z.int().min(1).max(100);

const SETTINGS = z.strictObject({
  sharePercent: z
    .number()
    .min(0)
    .max(100)
    .default(25)
    .describe(
      'Per cent of the requests, of one caller or of all, that may still come with an old secret',
    ),
  minRequests: z
    .int()
    .min(1)
    .max(10_000)
    .default(5)
    .describe(
      'Requests with an old secret, of one caller or of all, that tell a caller left behind from a roll-out',
    ),
  milestonePercents: z
    .array(percent)
    .min(1)
    .max(10)
    .default([50, 80])
    .describe('Per cent of the grace at which it is looked at'),
  lookedAtPercent: percent
    .default(10)
    .describe('Per cent of the grace before a milestone whose requests are looked at'),
  lookBackDays: LOOK_BACK_DAYS.describe(
    'Days after a milestone in which requests that come late are still looked at',
  ),
  maxFindings: MAX_FINDINGS,
});

/** One rotation at one milestone of its grace. Times in ms since 1970. */
const ROW = z.object({
  tenant_id: z.string(),
  lane: z.string(),
  key_id: z.string(),
  owner_id: z.string(),
  owner_email: z.string(),
  owner_team: z.string(),
  window: z.string(),
  percent: count,
  version: count,
  rotated_ms: count,
  grace_ends_ms: count,
  /** The requests are those after this, up to the milestone. */
  from_ms: count,
  milestone_ms: count,
  requests: count,
  old_requests: count,
  last_old_ms: count,
  /** Callers with an old secret in that time, and those of them that have not used the new one since the rotation. */
  caller_count: count,
  unmoved_count: count,
  /**
   * Environment, address block, agent, requests with an old secret in that time, requests with the new one since the
   * rotation; who has not moved at all first, then the busiest, at most 10.
   */
  callers: z.array(z.tuple([z.string(), z.string(), z.string(), count, count])),
});
type Row = z.output<typeof ROW>;

/** Callers that will fail when the grace ends. */
export const rotationNotAdopted = defineSweep({
  id: 'rotation-not-adopted',
  version: 2,
  title: 'Rotation not followed by all callers',
  description:
    'At 50 % and at 80 % of the grace of a rotation a caller (environment, network, agent) is left behind: in the tenth of ' +
    'the grace before, more than 25 % of its requests, and at least 5, came with a secret from before; or it still called ' +
    'then and has made at least 5 requests since the rotation, all with the old one. The same share and number ' +
    'hold for all callers together. A ' +
    'roll-out that comes through leaves fewer. Requests that do not say their secret version do not count. Judged as of ' +
    'the milestone: what came after it changes nothing. Told to the owner once per secret version and milestone, first ' +
    'with the callers that have not used the new secret at all. Quiet where a later rotation came before the milestone, ' +
    'where the key was revoked or disabled by then, and for rotations that do not say when their grace ends.',
  severity: 'low',
  runbook: {
    means:
      'Some callers still have the old secret. When the grace ends they fail, or the old secret has to stay valid longer ' +
      'than was meant.',
    check: [
      'Run the query of the alert: it lists the requests with the old secret.',
      'Which programs are behind the callers in the alert (environment, network, agent)?',
    ],
    act: [
      'Give the new secret to each of those callers before the grace ends.',
      'It can not be done in time: rotate again with a longer grace rather than leave the old secret valid.',
    ],
    falseAlarms: [
      'Callers that are moved late on purpose: set milestonePercents, or raise sharePercent or minRequests.',
      'A key whose callers belong to somebody else: except it with a reason and an expiry.',
    ],
  },
  settings: SETTINGS,
  row: ROW,

  sql: (settings, { asOfMs }) => ({
    query: ROTATIONS_NOT_ADOPTED,
    params: { ...settings, asOfMs },
  }),

  toFindings(row, { asOfMs }) {
    return [
      {
        tenantId: row.tenant_id,
        lane: row.lane,
        keyId: row.key_id,
        window: row.window,
        severity: 'low',
        occurredAtMs: row.milestone_ms,
        sentence: sentenceOf(row, asOfMs),
        facts: {
          milestonePercent: row.percent,
          secretVersion: row.version,
          rotatedAt: iso(row.rotated_ms),
          graceEndsAt: iso(row.grace_ends_ms),
          requestsFrom: iso(row.from_ms),
          requestsTo: iso(row.milestone_ms),
          requests: row.requests,
          oldRequests: row.old_requests,
          lastOldRequestAt: iso(row.last_old_ms),
          callerCount: row.caller_count,
          callersNotMoved: row.unmoved_count,
          callers: row.callers.map(([environment, block, agent, old, moved]) =>
            [
              ...[environment, block, agent].map((part) => part || 'unknown'),
              `${countInWords(old, 'request')} with an old secret`,
              moved === 0 ? 'none with the new one yet' : `${moved} with the new one`,
            ].join(' | '),
          ),
        },
        revision: [row.window],
        scope: {
          view: 'requests',
          fromMs: row.from_ms + 1,
          toMs: row.milestone_ms,
          where: [`secret_version BETWEEN 1 AND ${row.version - 1}`],
        },
        ...ownerOf(row),
      },
    ];
  },
});

function sentenceOf(row: Row, asOfMs: number): string {
  const share = Math.round((100 * row.old_requests) / row.requests);
  const end = momentInWords(row.grace_ends_ms);
  return (
    `Key ${row.key_id} was rotated to version ${row.version} at ${momentInWords(row.rotated_ms)}; at ${row.percent} % of its ` +
    `grace ${share} % of its requests (${row.old_requests} of ${row.requests}) still came with an old secret, from ` +
    `${countInWords(row.caller_count, 'caller')}${unmovedInWords(row)}. ` +
    (asOfMs < row.grace_ends_ms
      ? `Move them before ${end}: then they fail.`
      : `The grace ended at ${end}: give them the new secret now, they fail since then.`)
  );
}

/** Who has used the new secret has it somewhere: those who have not need to hear of it first. */
function unmovedInWords({ caller_count: callers, unmoved_count: unmoved }: Row): string {
  if (unmoved === 0) return callers === 1 ? ', which uses both' : ', which use both';
  if (unmoved === callers)
    return callers === 1 ? ', which has not used the new one' : ', which have not used the new one';
  return `, of which ${unmoved} ${unmoved === 1 ? 'has' : 'have'} not used the new one`;
}
