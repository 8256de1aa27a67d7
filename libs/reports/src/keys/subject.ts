import { z } from 'zod';
import { column, isoTime } from '../kit/columns.js';
import { OWNER } from '../kit/owner.js';
import {
  filterConditions,
  filterParams,
  iso,
  timeParam,
  whereAll,
  type SqlQuery,
} from '../kit/sql.js';

const text = z.string();
const time = isoTime.nullable();

export const KEY_STATES = ['live', 'disabled', 'expired', 'revoked'] as const;

/** What is known of a key that a report is about. */
export const SUBJECT_ROW = z.strictObject({
  tenantId: column(text, 'Tenant', 'Tenant of the key'),
  keyId: column(text, 'Key', 'Public name of the key'),
  name: column(text, 'Name', 'Name given to the key; empty: unknown'),
  state: column(
    z.enum(KEY_STATES),
    'State',
    'live, disabled, expired or revoked, as of the moment asked about',
  ),
  owner: column(text, 'Owner', 'Who answers for it: id, else e-mail, else team; empty: unknown'),
  ownerEmail: column(text, 'E-mail', 'E-mail address of the owner; empty: unknown'),
  plan: column(text, 'Plan', 'Contract plan; empty: unknown'),
  environment: column(text, 'Environment', 'Home environment; empty: unknown'),
  createdAt: column(time, 'Created', 'Creation; null: not seen'),
  lastRotatedAt: column(time, 'Rotated', 'Latest rotation; null: none seen'),
  revokedAt: column(time, 'Revoked', 'Revocation; null: none seen'),
  requests: column(z.int().min(0), 'Requests', 'Requests seen, ever', 'requests'),
  lastUsed: column(time, 'Last used', 'Last request; null: none seen'),
});

interface Asked {
  readonly tenant?: readonly string[] | undefined;
  readonly key?: readonly string[] | undefined;
}

/** A hundred keys can be told of; who asks about more reads the rows. */
const AT_MOST = 100;

/** One row for each key that is known, as folded so far. @param atMs the moment asked about, ms since 1970 */
export function subjectsOf({ tenant, key }: Asked, atMs: number): SqlQuery {
  const filters = [
    { column: 'tenant_id', param: 'tenant', values: tenant },
    { column: 'key_id', param: 'key', values: key },
  ];
  const at = "{subjectAt:DateTime64(3, 'UTC')}";
  return {
    sql: `SELECT tenant_id AS tenantId, key_id AS keyId, name,
    multiIf(revoked_at <= ${at}, 'revoked', expires_at <= ${at}, 'expired', disabled != 0, 'disabled', 'live') AS state,
    ${OWNER} AS owner, owner_email AS ownerEmail, plan, environment,
    ${iso('created_at')} AS createdAt, ${iso('last_rotated_at')} AS lastRotatedAt, ${iso('revoked_at')} AS revokedAt,
    requests, ${iso('last_used')} AS lastUsed
FROM {{database}}.keys${whereAll(filterConditions(filters))}
ORDER BY tenantId, keyId
LIMIT ${AT_MOST}`,
    params: { subjectAt: timeParam(atMs), ...filterParams(filters) },
  };
}
