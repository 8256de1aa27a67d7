import { OWNER } from '../kit/owner.js';
import { anyOf } from '../kit/params.js';
import { filterConditions, iso, whereAll, type Filter } from '../kit/sql.js';
import { factsAsOf, factsNow } from './key-facts.js';
import { DEFAULT_LIMIT_DAYS, LIMIT_DAYS } from './limits.js';

/** Parameters that choose keys by what is known of them. */
export const KEY_FILTERS = {
  tenant: anyOf('Only these tenants').optional(),
  key: anyOf('Only these keys').optional(),
  owner: anyOf('Only keys of these owners, as the column owner names them').optional(),
  plan: anyOf('Only these plans; empty: unknown').optional(),
  environment: anyOf('Only these home environments; empty: unknown').optional(),
} as const;

type Chosen = { readonly [Name in keyof typeof KEY_FILTERS]?: readonly string[] | undefined };

/** On tenant_id, key_id, owner, plan, environment. */
export const keyFilters = ({ tenant, key, owner, plan, environment }: Chosen): Filter[] => [
  { column: 'tenant_id', param: 'tenant', values: tenant },
  { column: 'key_id', param: 'key', values: key },
  { column: 'owner', param: 'owner', values: owner },
  { column: 'plan', param: 'plan', values: plan },
  { column: 'environment', param: 'environment', values: environment },
];

interface Aged {
  /** Facts after it do not count; missing: all do. ms since 1970 */
  readonly asOf?: number | undefined;
  /** Whether temporary keys are among them. */
  readonly temporary: boolean;
}

/** The moment asked about, as a value of the query. */
export const AS_OF = "{asOf:DateTime64(3, 'UTC')}";

const LIMIT = `multiIf(${Object.entries(LIMIT_DAYS)
  .map(([plan, limit]) => `lower(plan) = '${plan}', ${limit}`)
  .join(', ')}, ${DEFAULT_LIMIT_DAYS})`;

/**
 * Live keys with the age of their secret as of {asOf}: tenantId, keyId, name, owner, ownerEmail, ownerTeam, plan,
 * environment, createdAt, lastRotatedAt, since, ageDays, atLeast, secretVersion, lastUsed, disabled, limitDays,
 * overdueDays. Live: neither revoked nor expired.
 */
export function agedKeys({ asOf, temporary }: Aged, filters: readonly Filter[]): string {
  const live = [
    `(revoked_at IS NULL OR revoked_at > ${AS_OF})`,
    `(expires_at IS NULL OR expires_at > ${AS_OF})`,
    "NOT startsWith(key_id, 'unknown:')",
    ...(temporary ? [] : ["kind != 'temporary'"]),
  ];
  return `SELECT tenant_id AS tenantId, key_id AS keyId, name, owner, owner_email AS ownerEmail, owner_team AS ownerTeam, plan, environment,
    ${iso('created_at')} AS createdAt,
    ${iso('last_rotated_at')} AS lastRotatedAt,
    ${iso('since_time')} AS since,
    intDiv(if(since_time > ${AS_OF}, 0, dateDiff('millisecond', since_time, ${AS_OF})), 86400000) AS ageDays,
    toBool(created_at IS NULL AND last_rotated_at IS NULL) AS atLeast,
    secret_version AS secretVersion,
    ${iso('last_used')} AS lastUsed,
    toBool(disabled) AS disabled,
    ${LIMIT} AS limitDays,
    if(ageDays < limitDays, 0, ageDays - limitDays) AS overdueDays
FROM
(
SELECT *, ${OWNER} AS owner,
    coalesce(if(created_at > last_rotated_at, created_at, last_rotated_at), created_at, first_used) AS since_time
FROM
(
${asOf === undefined ? factsNow() : factsAsOf()}
)
)${whereAll([...live, ...filterConditions(filters)])}`;
}
