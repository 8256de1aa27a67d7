import { plain, time, type Shown } from './formats.js';
import type { Cell } from './table.js';

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
    {
      head: 'AGE (DAYS)',
      cell: ({ ageDays, atLeast }) =>
        atLeast === true ? `at least ${Math.floor(Number(ageDays))}` : Math.floor(Number(ageDays)),
    },
    plain('LIMIT', 'limitDays'),
    {
      head: 'OVERDUE',
      cell: ({ overdueDays }) => (Number(overdueDays) > 0 ? Math.floor(Number(overdueDays)) : ''),
    },
    plain('PLAN', 'plan'),
    {
      head: 'OWNER',
      cell: ({ ownerEmail, ownerId }) =>
        (ownerEmail === '' ? ownerId : (ownerEmail ?? ownerId)) as Cell,
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

/** undefined: show every column that the answer has. */
export function shownColumns(report: string, groupBy = 'key'): readonly Shown[] | undefined {
  return groupBy === 'key' ? SHOWN[report] : undefined;
}
