import { plain, time, type Shown } from './formats.js';
import type { Cell } from './table.js';

type Row = Readonly<Record<string, unknown>>;

/** Columns for a terminal of the reports whose rows are wider than one, by report and grouping by key. */
const SHOWN: Readonly<Record<string, readonly Shown[]>> = {
  usage: [
    plain('KEY', 'keyId'),
    plain('TENANT', 'tenantId'),
    plain('REQUESTS', 'requests'),
    plain('ERRORS', 'errors'),
    time('FIRST USED (UTC)', 'firstUsed'),
    time('LAST USED (UTC)', 'lastUsed'),
    plain('AGENTS', 'userAgents'),
    plain('ENDPOINTS', 'endpoints'),
    plain('ADDRESSES', 'sourceAddresses'),
  ],
  'rotation-age': [
    plain('KEY', 'keyId'),
    plain('TENANT', 'tenantId'),
    { head: 'AGE (DAYS)', cell: ageCell },
    plain('LIMIT', 'limitDays'),
    { head: 'OVERDUE', cell: overdueCell },
    plain('PLAN', 'plan'),
    {
      head: 'OWNER',
      cell: ({ ownerEmail, owner }) => (ownerEmail === '' ? owner : (ownerEmail ?? owner)) as Cell,
    },
    time('CREATED (UTC)', 'createdAt'),
    time('LAST ROTATED (UTC)', 'lastRotatedAt'),
    time('LAST USED (UTC)', 'lastUsed'),
  ],
  alerts: [
    plain('SEVERITY', 'severity'),
    plain('RULE', 'rule'),
    plain('KEY', 'keyId'),
    plain('TENANT', 'tenantId'),
    time('LAST SEEN (UTC)', 'lastOccurredAt'),
    {
      head: 'WHAT HAPPENED',
      cell: ({ sentence, historical }) =>
        `${historical === true ? '(import) ' : ''}${String(sentence)}`,
    },
  ],
};

/** An age that isn't known must not look young. */
function ageCell({ ageDays, atLeast }: Row): Cell {
  if (typeof ageDays !== 'number') return 'unknown';
  return atLeast === true ? `at least ${ageDays.toLocaleString('en-US')}` : ageDays;
}

function overdueCell({ overdueDays }: Row): Cell {
  if (typeof overdueDays !== 'number') return 'unknown';
  return overdueDays > 0 ? overdueDays : '';
}

/** undefined: show every column that the answer has. */
export function shownColumns(report: string, groupBy = 'key'): readonly Shown[] | undefined {
  return groupBy === 'key' ? SHOWN[report] : undefined;
}
