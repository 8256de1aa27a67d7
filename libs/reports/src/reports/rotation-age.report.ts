import { z } from 'zod';
import { column, detail, isoTime } from '../kit/columns.js';
import { flag, instant, oneOf } from '../kit/params.js';
import type { OrderColumn } from '../kit/paging.js';
import { defineReport } from '../kit/report.js';
import { filterParams, timeParam } from '../kit/sql.js';
import { agedKeys, KEY_FILTERS, keyFilters } from '../rotation/aged-keys.js';

const GROUPS = ['key', 'owner', 'plan', 'environment'] as const;
type Group = (typeof GROUPS)[number];

const text = z.string();
const count = z.int().min(0);
const days = count.nullable();

const NAMES = {
  owner: column(
    text,
    'Owner',
    'Who answers for the key: id, else e-mail, else team; empty: unknown',
  ),
  plan: column(text, 'Plan', 'Contract plan; empty: unknown'),
  environment: column(text, 'Environment', 'Home environment of the key; empty: unknown'),
};

const keyRow = z.strictObject({
  tenantId: column(text, 'Tenant', 'Tenant of the key'),
  keyId: column(text, 'Key', 'Public name of the key'),
  name: detail(column(text, 'Name', 'Name given to the key')),
  owner: NAMES.owner,
  ownerEmail: column(text, 'E-mail', 'E-mail address of the owner; empty: unknown'),
  ownerTeam: detail(column(text, 'Team', 'Team of the owner; empty: unknown')),
  plan: NAMES.plan,
  environment: NAMES.environment,
  createdAt: column(isoTime.nullable(), 'Created', 'Creation; null: not seen'),
  lastRotatedAt: column(isoTime.nullable(), 'Rotated', 'Latest rotation; null: none seen'),
  since: detail(
    column(
      isoTime.nullable(),
      'Since',
      'Start of the age: the later of creation and rotation; where neither was seen, the first use; null: unknown',
    ),
  ),
  ageDays: column(days, 'Age', 'Whole days since then; null: unknown', 'days'),
  atLeast: column(z.boolean(), 'At least', 'Creation was not seen: the key is at least this old'),
  secretVersion: detail(column(count, 'Secret', 'Highest secret version seen; 0: unknown')),
  lastUsed: column(isoTime.nullable(), 'Last used', 'Last request; null: none seen'),
  disabled: column(z.boolean(), 'Disabled', 'Switched off, and may be switched on again'),
  limitDays: column(count, 'Limit', 'Age allowed by the plan', 'days'),
  overdueDays: column(
    days,
    'Overdue',
    'Days beyond the limit, 0 within it; null: age unknown',
    'days',
  ),
});

const groupRow = (group: Exclude<Group, 'key'>): z.ZodObject =>
  z.strictObject({
    [group]: NAMES[group],
    keys: column(count, 'Keys', 'Live keys', 'keys'),
    overdue: column(count, 'Overdue', 'Keys beyond the limit of their plan', 'keys'),
    unknownAge: column(
      count,
      'Unknown',
      'Keys of which only "at least" or nothing is known of the age',
      'keys',
    ),
    oldestDays: column(days, 'Oldest', 'Age of the oldest; null: all unknown', 'days'),
    medianDays: column(
      days,
      'Median',
      'Median age, the lower of two middle ones; null: all unknown',
      'days',
    ),
  });

const params = {
  asOf: instant('The moment asked about; later facts do not count. Missing: now').optional(),
  ...KEY_FILTERS,
  temporary: flag('Whether temporary keys are listed, too').prefault('false'),
  groupBy: oneOf(GROUPS, 'What a row stands for').default('key'),
};
export const rotationAgeReport = defineReport<typeof params, Group>({
  id: 'rotation-age',
  title: 'Rotation age',
  question: 'How old is the secret of each live key?',
  about:
    'How long live keys (neither revoked nor expired) have had their secret, oldest first. Without `asOf` it reads the state of each ' +
    'key as folded so far. With `asOf` facts after that moment do not count: first creation, first use and revocation are exact however ' +
    'old; what a later event has replaced (rotation, description, disabled) is read from the raw events, which are kept for 400 days ' +
    'after arrival. A key whose creation was never seen counts from its first use and is marked atLeast. Disabled keys are listed: ' +
    'they can be switched on again. Names given to keys nobody issued (unknown:...) are left out.',
  params,
  rows: {
    key: keyRow,
    owner: groupRow('owner'),
    plan: groupRow('plan'),
    environment: groupRow('environment'),
  },
  shapeOf: ({ groupBy }) => groupBy,
  toSQL(given, now) {
    const filters = keyFilters(given);
    const aged = agedKeys(given, filters);
    return {
      sql: given.groupBy === 'key' ? aged : groupsOf(given.groupBy, aged),
      params: { asOf: timeParam(given.asOf ?? now), ...filterParams(filters) },
    };
  },
  order: ({ groupBy }) => (groupBy === 'key' ? OLDEST_FIRST : groupOrder(groupBy)),
  range: ({ asOf }) => ({ to: asOf }),
  summary: {
    initial: { rows: 0, overdue: 0, oldestDays: 0 },
    add: (sum, row) => ({
      rows: (sum['rows'] ?? 0) + 1,
      overdue: (sum['overdue'] ?? 0) + Number(row['overdue'] ?? Number(row['overdueDays']) > 0),
      oldestDays: Math.max(sum['oldestDays'] ?? 0, Number(row['ageDays'] ?? row['oldestDays'])),
    }),
  },
});

/** A key of unknown age comes last: '9' sorts after every year until 8999. */
const OLDEST_FIRST: readonly OrderColumn[] = [
  { column: 'since', type: 'String', ifNull: '9' },
  { column: 'tenantId', type: 'String' },
  { column: 'keyId', type: 'String' },
];

const groupOrder = (group: Group): OrderColumn[] => [
  { column: 'oldestDays', type: 'Int64', descending: true, ifNull: -1 },
  { column: group, type: 'String' },
];

function groupsOf(group: Group, aged: string): string {
  return `SELECT ${group}, count() AS keys, countIf(overdueDays > 0) AS overdue, countIf(atLeast) AS unknownAge,
    max(ageDays) AS oldestDays, quantileExactLow(ageDays) AS medianDays
FROM
(
${aged}
)
GROUP BY ${group}`;
}
