import { offsetsInWords } from '@keywatch/events';
import { day, minute, plain, short, time, type Shown } from './formats.js';
import type { Cell } from './table.js';

/** Digits of an id that a list shows: other commands take them. */
export const SHORT_ID = 8;

type Row = Readonly<Record<string, unknown>>;

/** Columns for a terminal of the reports whose rows are wider than one, by report and grouping by key. */
const SHOWN: Readonly<Record<string, readonly Shown[]>> = {
  usage: [
    plain('KEY', 'keyId'),
    plain('TENANT', 'tenantId'),
    plain('REQUESTS', 'requests'),
    plain('ERRORS', 'errors'),
    time('FIRST USED', 'firstUsed'),
    time('LAST USED', 'lastUsed'),
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
    { head: 'OWNER', cell: ownerCell },
    day('CREATED', 'createdAt'),
    day('ROTATED', 'lastRotatedAt'),
    minute('LAST USED', 'lastUsed'),
  ],
  'stale-keys': [
    plain('KEY', 'keyId'),
    plain('TENANT', 'tenantId'),
    { head: 'OWNER', cell: ownerCell },
    plain('PLAN', 'plan'),
    { head: 'AGE (DAYS)', cell: ageCell },
    { head: 'OVERDUE', cell: overdueCell },
    day('LAST USED', 'lastUsed'),
    plain('WHAT TO DO', 'todo'),
  ],
  'unused-keys': [
    plain('KEY', 'keyId'),
    plain('TENANT', 'tenantId'),
    { head: 'OWNER', cell: ownerCell },
    plain('STATE', 'state'),
    plain('IDLE (DAYS)', 'idleDays'),
    day('CREATED', 'createdAt'),
    day('LAST SUCCESS', 'lastSucceeded'),
    plain('REQUESTS', 'requests'),
  ],
  'shared-keys': [
    plain('KEY', 'keyId'),
    plain('TENANT', 'tenantId'),
    { head: 'OWNER', cell: ownerCell },
    plain('HOME', 'home'),
    plain('USED IN', 'usedIn'),
    plain('NOT ALLOWED', 'unexpectedIn'),
    plain('DAYS SHARED', 'sharedDays'),
    plain('REQUESTS', 'requests'),
    day('LAST USED', 'lastUsed'),
  ],
  callers: [
    plain('ENVIRONMENT', 'environment'),
    plain('ADDRESSES', 'addressBlock'),
    short('AGENT', 'userAgent', 28),
    short('ENDPOINT', 'endpoint', 28),
    plain('REQUESTS', 'requests'),
    plain('ERRORS', 'errors'),
    day('FIRST', 'firstUsed'),
    minute('LAST USED', 'lastUsed'),
  ],
  'revoke-impact': [
    { head: 'BREAKS', cell: ({ breaks }) => (breaks === true ? 'yes' : 'no') },
    plain('ENVIRONMENT', 'environment'),
    plain('ADDRESSES', 'addressBlock'),
    short('AGENT', 'userAgent', 24),
    plain('REQUESTS', 'requests'),
    { head: 'SHARE', cell: percentCell('sharePercent') },
    plain('DAYS', 'activeDays'),
    minute('LAST USED', 'lastUsed'),
    short('ENDPOINTS', 'endpointsUsed', 30),
  ],
  'plan-use': [
    plain('KEY', 'keyId'),
    plain('TENANT', 'tenantId'),
    { head: 'OWNER', cell: ownerCell },
    plain('PLAN', 'plan'),
    plain('LIMIT/MIN', 'limitPerMinute'),
    plain('PEAK/MIN', 'peakPerMinute'),
    { head: 'OF LIMIT', cell: percentCell('peakPercent') },
    minute('PEAK AT', 'peakAt'),
    plain('MINUTES OVER', 'minutesOver'),
    plain('REQUESTS', 'requests'),
  ],
  'alert-history': [
    minute('DETECTED', 'firstDetectedAt'),
    plain('SEVERITY', 'severity'),
    plain('RULE', 'rule'),
    plain('KEY', 'keyId'),
    plain('TENANT', 'tenantId'),
    plain('STATUS', 'status'),
    {
      head: 'BY',
      cell: ({ resolvedBy, acknowledgedBy }) =>
        (resolvedBy === '' ? acknowledgedBy : resolvedBy) as Cell,
    },
    plain('SENT', 'sent'),
    plain('WHAT HAPPENED', 'sentence'),
  ],
  'audit-trail': [
    time('TIME', 'time'),
    plain('KEY', 'keyId'),
    plain('WHAT', 'what'),
    short('WHO', 'who', 40),
    plain('DETAIL', 'detail'),
  ],
  completeness: [
    plain('TOPIC', 'topic'),
    plain('P', 'partition'),
    plain('STATE', 'state'),
    { head: 'OFFSETS', cell: offsetsCell },
    plain('LAG', 'lag'),
    plain('RANGES', 'ranges'),
    plain('GAPS', 'gaps'),
    plain('EVENTS', 'events'),
    { head: 'ROWS', cell: rowsCell },
    plain('DUPLICATES', 'duplicates'),
    plain('DEAD', 'deadLetters'),
    plain('OPEN', 'openDeadLetters'),
    minute('LAST ARRIVED', 'lastArrivedAt'),
  ],
  alerts: [
    { head: 'ALERT', cell: ({ alertId }) => String(alertId).slice(0, SHORT_ID) },
    // What the list is sorted by; it can be long after the event, as with imports and sweeps.
    minute('DETECTED', 'lastDetectedAt'),
    plain('SEVERITY', 'severity'),
    { head: 'STATUS', cell: alertStatusCell },
    plain('RULE', 'rule'),
    plain('KEY', 'keyId'),
    plain('TENANT', 'tenantId'),
    minute('LAST SEEN', 'lastOccurredAt'),
    {
      head: 'WHAT HAPPENED',
      cell: ({ sentence, historical }) =>
        `${historical === true ? '(import) ' : ''}${String(sentence)}`,
    },
  ],
};

/** Status and, where nobody is told of it, that. */
function alertStatusCell({ status, silencedBy }: Row): Cell {
  const silenced = typeof silencedBy === 'string' && silencedBy !== '';
  return `${String(status)}${silenced ? ', silenced' : ''}`;
}

function ownerCell({ ownerEmail, owner }: Row): Cell {
  return (ownerEmail === '' ? owner : (ownerEmail ?? owner)) as Cell;
}

function percentCell(name: string): Shown['cell'] {
  return (row) => {
    const value = row[name];
    return typeof value === 'number' ? `${value.toLocaleString('en-US')} %` : '';
  };
}

function offsetsCell({ fromOffset, toOffset }: Row): Cell {
  if (typeof fromOffset !== 'number' || typeof toOffset !== 'number') return 'none';
  return offsetsInWords(fromOffset, toOffset, (n) => n.toLocaleString('en-US'));
}

function rowsCell({ rowsExpected, rowsFound }: Row): Cell {
  if (typeof rowsFound !== 'number' || typeof rowsExpected !== 'number') return '';
  if (rowsFound === rowsExpected) return 'all there';
  return `${rowsFound.toLocaleString('en-US')} of ${rowsExpected.toLocaleString('en-US')}`;
}

/** An age that isn't known must not look young. */
function ageCell({ ageDays, atLeast }: Row): Cell {
  if (typeof ageDays !== 'number') return 'unknown';
  return atLeast === true ? `at least ${ageDays.toLocaleString('en-US')}` : ageDays;
}

function overdueCell({ overdueDays }: Row): Cell {
  if (typeof overdueDays !== 'number') return 'unknown';
  return overdueDays > 0 ? overdueDays : '';
}

/** What a row of these stands for where nothing is said. */
const MAIN_GROUP: Readonly<Record<string, string>> = {
  callers: 'endpoint',
  'alert-history': 'alert',
};

/** undefined: show every column that the answer has. */
export function shownColumns(report: string, groupBy?: string): readonly Shown[] | undefined {
  const main = MAIN_GROUP[report] ?? 'key';
  return (groupBy ?? main) === main ? SHOWN[report] : undefined;
}
