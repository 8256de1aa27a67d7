import { PLAN_RATES } from '@keywatch/keys';
import { z } from 'zod';
import { column, detail, isoTime } from '../kit/columns.js';
import { OWNER } from '../kit/owner.js';
import { anyOf, instant } from '../kit/params.js';
import { defineReport, type ParamsOf } from '../kit/report.js';
import { filterConditions, filterParams, iso, timeParam, type Filter } from '../kit/sql.js';
import { counted, NOT_ALL_IN } from '../kit/words.js';
import { rawRequests } from '../usage/usage-source.js';

const text = z.string();
const count = z.int().min(0);
const DEFAULT_DAYS = 30;
const DAY_MS = 86_400_000;

const row = z.strictObject({
  tenantId: column(text, 'Tenant', 'Tenant of the key'),
  keyId: column(text, 'Key', 'Public name of the key'),
  owner: column(
    text,
    'Owner',
    'Who answers for the key: id, else e-mail, else team; empty: unknown',
  ),
  ownerEmail: detail(column(text, 'E-mail', 'E-mail address of the owner; empty: unknown')),
  plan: column(text, 'Plan', 'Contract plan; empty: unknown'),
  limitPerMinute: column(
    count.nullable(),
    'Limit',
    'Requests that the plan allows in a minute; null: the plan has no known limit',
    'requests/minute',
  ),
  peakPerMinute: column(
    count,
    'Peak',
    'Most requests in one minute of the clock',
    'requests/minute',
  ),
  peakAt: column(isoTime, 'Peak at', 'That minute, the first of several'),
  peakPercent: column(count.nullable(), 'Of limit', 'Peak as a share of the limit', '%'),
  minutesOver: column(
    count.nullable(),
    'Minutes over',
    'Minutes with more requests than the limit',
    'minutes',
  ),
  requests: column(count, 'Requests', 'Requests within the time', 'requests'),
  usePercent: detail(
    column(
      z.number().min(0).nullable(),
      'Use',
      'Requests as a share of all that the plan allows within the time',
      '%',
    ),
  ),
  rateLimited: column(count, 'Rate limited', 'Requests with status 429', 'requests'),
  activeMinutes: detail(column(count, 'Active', 'Minutes with any request', 'minutes')),
});

const params = {
  from: instant(
    `Requests from this time on; missing: ${DEFAULT_DAYS} days before the end`,
  ).optional(),
  to: instant('Requests before this time; missing: now').optional(),
  tenant: anyOf('Only these tenants').optional(),
  key: anyOf('Only these keys').optional(),
  owner: anyOf('Only keys of these owners, as the column owner names them').optional(),
  plan: anyOf('Only these plans; empty: unknown').optional(),
};
type Params = ParamsOf<typeof params>;

export const planUseReport = defineReport<typeof params, 'key'>({
  id: 'plan-use',
  title: 'Plan use',
  question: 'Which keys come near the limits of their plan, or beyond?',
  about:
    'Per key the busiest minute and the volume against what its plan allows in a minute (free 60, pro 600, enterprise 6,000), the ' +
    'nearest to the limit first. Minutes are those of the clock, counted over the raw events: a burst across two minutes shows in ' +
    'neither. The plan is the latest one seen.',
  params,
  rows: { key: row },
  shapeOf: () => 'key',
  toSQL(given, now) {
    const range = rangeOf(given, now);
    const { tenant, key, owner, plan } = given;
    const source = rawRequests({
      range,
      filters: [
        { column: 'tenant_id', param: 'tenant', values: tenant },
        { column: 'key_id', param: 'key', values: key },
      ],
    });
    const known: Filter[] = [
      { column: 'owner', param: 'owner', values: owner },
      { column: 'plan', param: 'plan', values: plan },
    ];
    return {
      sql: planUse(source.sql, filterConditions(known)),
      params: {
        ...source.params,
        minutes: Math.max(1, Math.round((range.to - range.from) / 60_000)),
        from: timeParam(range.from),
        ...filterParams(known),
      },
    };
  },
  order: () => [
    { column: 'peakPercent', type: 'Int64', descending: true, ifNull: -1 },
    { column: 'peakPerMinute', type: 'UInt64', descending: true },
    { column: 'requests', type: 'UInt64', descending: true },
    { column: 'tenantId', type: 'String' },
    { column: 'keyId', type: 'String' },
  ],
  range: rangeOf,
  summary: {
    initial: { rows: 0, over: 0, requests: 0 },
    add: (sum, { requests, minutesOver }) => ({
      rows: (sum['rows'] ?? 0) + 1,
      over: (sum['over'] ?? 0) + Number(Number(minutesOver) > 0),
      requests: (sum['requests'] ?? 0) + Number(requests),
    }),
  },
  conclude({ summary, whole, complete }) {
    const { rows = 0, over = 0 } = summary;
    if (rows === 0) return `${complete ? '' : NOT_ALL_IN}No key was used.`;
    return `${complete ? '' : NOT_ALL_IN}${whole ? '' : 'Of the first '}${counted(rows, 'key')}${whole ? ' in use' : ''}, ${over.toLocaleString('en-US')} went beyond the limit of the plan in at least one minute.`;
  },
});

function rangeOf({ from, to }: Params, now: number): { from: number; to: number } {
  const end = to ?? now;
  return { from: from ?? end - DEFAULT_DAYS * DAY_MS, to: end };
}

const PLANS = Object.entries(PLAN_RATES);
const LIMIT = `multiIf(${PLANS.map(([plan, rate]) => `lower(plan) = '${plan}', toNullable(toUInt64(${rate}))`).join(', ')}, NULL)`;
const OVER = `multiIf(${PLANS.map(([plan]) => `lower(plan) = '${plan}', toNullable(over_${plan})`).join(', ')}, NULL)`;

function planUse(requests: string, known: readonly string[]): string {
  return `SELECT used.tenant_id AS tenantId, used.key_id AS keyId, about.owner AS owner, about.owner_email AS ownerEmail, about.plan AS plan,
    ${LIMIT} AS limitPerMinute,
    used.peak AS peakPerMinute,
    ${iso("toDateTime64(used.peak_minute, 3, 'UTC')")} AS peakAt,
    if(limitPerMinute IS NULL, NULL, toInt64(round(100 * peakPerMinute / ifNull(limitPerMinute, 1)))) AS peakPercent,
    ${OVER} AS minutesOver,
    used.calls AS requests,
    if(limitPerMinute IS NULL, NULL, round(100 * requests / (ifNull(limitPerMinute, 1) * {minutes:UInt64}), 2)) AS usePercent,
    used.limited AS rateLimited,
    used.active AS activeMinutes
FROM
(
SELECT tenant_id, key_id, max(n) AS peak, argMax(minute, (n, -toInt64(toUnixTimestamp(minute)))) AS peak_minute, sum(n) AS calls, sum(limited) AS limited,
    count() AS active, ${PLANS.map(([plan, rate]) => `countIf(n > ${rate}) AS over_${plan}`).join(', ')}
FROM
(
SELECT tenant_id, key_id, toStartOfMinute(toDateTime(filed_time, 'UTC')) AS minute, count() AS n, countIf(status = 429) AS limited
FROM ${requests}
GROUP BY tenant_id, key_id, minute
)
GROUP BY tenant_id, key_id
) AS used
LEFT JOIN
(
SELECT tenant_id, key_id, plan, owner_email, ${OWNER} AS owner
FROM {{database}}.keys
) AS about ON about.tenant_id = used.tenant_id AND about.key_id = used.key_id
WHERE ${known.length === 0 ? 'true' : known.join(' AND ')}`;
}
