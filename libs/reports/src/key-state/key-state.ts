import type { LifecycleEvent, Severity } from '@keywatch/events';
import {
  foldKey,
  isUsable,
  mergeKeyStates,
  rotationAge,
  UNKNOWN_KEY,
  type KeyState,
} from '@keywatch/keys';
import type { KeyStateQuestion } from './key-state.params.js';

const DAY_MS = 86_400_000;

/** A change as it is stored. Times in ms since 1970. */
export interface ChangeRow {
  readonly tenantId: string;
  readonly type: LifecycleEvent['type'];
  readonly source: string;
  readonly lane: string;
  readonly eventId: string;
  readonly timeText: string;
  readonly atMs: number;
  readonly receivedMs: number;
  readonly data: string;
}

export interface UseRow {
  readonly tenantId: string;
  readonly requests: number;
  readonly firstUsedMs: number;
  readonly lastUsedMs: number;
}

export interface AlertRow {
  readonly tenantId: string;
  readonly alertId: string;
  readonly rule: string;
  readonly title: string;
  readonly sentence: string;
  readonly severity: Severity;
  readonly detectedMs: number;
  readonly status: 'open' | 'acknowledged';
}

export interface KeptRow {
  readonly tenantId: string;
  readonly created_at: number | null;
  readonly last_rotated_at: number | null;
  readonly revoked_at: number | null;
  readonly leak_reported_at: number | null;
}

export interface KeyStateRows {
  readonly changes: readonly ChangeRow[];
  readonly use: readonly UseRow[];
  readonly alerts: readonly AlertRow[];
  readonly kept: readonly KeptRow[];
}

/** What was known of a key at a time. Times as RFC 3339 in UTC; null: not known, or it had not happened. */
export interface KeyStateAnswer {
  readonly tenantId: string;
  readonly keyId: string;
  readonly at: string;
  /** Only what had arrived by then counts; null: all that has arrived. */
  readonly knownAt: string | null;
  /** active also where no end of it was known. */
  readonly state: 'active' | 'disabled' | 'expired' | 'revoked';
  /** Whether it could be used, as far as its lifecycle says. */
  readonly usable: boolean;
  readonly createdAt: string | null;
  readonly lastRotatedAt: string | null;
  readonly revokedAt: string | null;
  readonly leakReportedAt: string | null;
  readonly expiresAt: string | null;
  readonly graceEndsAt: string | null;
  readonly secretVersion: number | null;
  /** Age of the secret in days; atLeast: neither creation nor rotation was known, only a first use. */
  readonly rotationAge: {
    readonly days: number;
    readonly since: string;
    readonly atLeast: boolean;
  } | null;
  readonly description: {
    readonly name: string;
    readonly plan: string;
    readonly environment: string;
    readonly allowedEnvironments: readonly string[];
    readonly kind: string;
    readonly owner: { readonly id: string; readonly email: string; readonly team: string };
  } | null;
  readonly requests: {
    readonly count: number;
    readonly firstUsed: string | null;
    readonly lastUsed: string | null;
  };
  readonly openAlerts: readonly {
    readonly alertId: string;
    readonly rule: string;
    readonly severity: Severity;
    readonly status: string;
    readonly detectedAt: string;
    readonly sentence: string;
  }[];
  /** Everything that had happened to it, in order. */
  readonly changes: readonly {
    readonly at: string;
    readonly receivedAt: string;
    readonly change: string;
    readonly actor: string;
    readonly reason: string;
    readonly lane: string;
    readonly source: string;
    readonly eventId: string;
  }[];
}

/** Tenants that had a key of that name by then. */
export function tenantsOf({ changes, use, kept }: KeyStateRows): string[] {
  const known = kept.filter(({ tenantId: _, ...times }) =>
    Object.values(times).some((time) => time !== null),
  );
  return [...new Set([...changes, ...use, ...known].map(({ tenantId }) => tenantId))].sort();
}

/** The state of one tenant's key, folded from its events as detection folds them. */
export function keyStateAt(
  { key, atMs, knownAtMs }: KeyStateQuestion,
  tenantId: string,
  rows: KeyStateRows,
): KeyStateAnswer {
  const own = <T extends { readonly tenantId: string }>(all: readonly T[]): T[] =>
    all.filter((row) => row.tenantId === tenantId);
  const changes = own(rows.changes).map((row) => ({ row, data: dataOf(row.data) }));
  const state = changes.reduce<KeyState>(
    (before, { row, data }) => foldKey(before, eventOf(key, row, data), row.receivedMs),
    own(rows.kept).map(keptState).reduce(mergeKeyStates, UNKNOWN_KEY),
  );
  const [use] = own(rows.use);
  const description = state.description?.value;
  const age = rotationAge(state, atMs, use?.firstUsedMs);
  return {
    tenantId,
    keyId: key,
    at: iso(atMs),
    knownAt: isoOrNull(knownAtMs),
    state: stateName(state, atMs),
    usable: isUsable(state, atMs),
    createdAt: isoOrNull(state.createdAtMs),
    lastRotatedAt: isoOrNull(state.lastRotatedAtMs),
    revokedAt: isoOrNull(state.revokedAtMs),
    leakReportedAt: isoOrNull(state.leakReportedAtMs),
    expiresAt: isoOrNull(description?.expiresAtMs),
    graceEndsAt: isoOrNull(state.grace?.value),
    secretVersion: state.secretVersion === 0 ? null : state.secretVersion,
    rotationAge:
      age === undefined
        ? null
        : { days: Math.floor(age.ageMs / DAY_MS), since: iso(age.sinceMs), atLeast: age.atLeast },
    description:
      description === undefined
        ? null
        : {
            name: description.name,
            plan: description.plan,
            environment: description.environment,
            allowedEnvironments: description.allowedEnvironments,
            kind: description.kind,
            owner: {
              id: description.ownerId,
              email: description.ownerEmail,
              team: description.ownerTeam,
            },
          },
    requests: {
      count: use?.requests ?? 0,
      firstUsed: isoOrNull(use?.firstUsedMs),
      lastUsed: isoOrNull(use?.lastUsedMs),
    },
    openAlerts: own(rows.alerts).map(
      ({ alertId, rule, severity, status, detectedMs, sentence }) => ({
        alertId,
        rule,
        severity,
        status,
        detectedAt: iso(detectedMs),
        sentence,
      }),
    ),
    changes: changes.map(({ row, data }) => ({
      at: iso(row.atMs),
      receivedAt: iso(row.receivedMs),
      change: row.type.split('.')[2] ?? row.type,
      actor: textOf(data['createdBy'] ?? data['rotatedBy'] ?? data['reporter'] ?? data['by']),
      reason: textOf(data['reason']),
      lane: row.lane,
      source: row.source,
      eventId: row.eventId,
    })),
  };
}

function stateName(state: KeyState, atMs: number): KeyStateAnswer['state'] {
  if (state.revokedAtMs !== undefined && state.revokedAtMs <= atMs) return 'revoked';
  const expiresAtMs = state.description?.value.expiresAtMs;
  if (expiresAtMs !== undefined && expiresAtMs <= atMs) return 'expired';
  return state.disabled?.value === true ? 'disabled' : 'active';
}

/** What the folds still know when the raw events are gone. */
function keptState(row: KeptRow): KeyState {
  return {
    secretVersion: 0,
    ...(row.created_at === null ? {} : { createdAtMs: row.created_at }),
    ...(row.last_rotated_at === null ? {} : { lastRotatedAtMs: row.last_rotated_at }),
    ...(row.revoked_at === null ? {} : { revokedAtMs: row.revoked_at }),
    ...(row.leak_reported_at === null ? {} : { leakReportedAtMs: row.leak_reported_at }),
  };
}

type Data = Readonly<Record<string, unknown>>;

/** Stored data was checked when it came in. */
function eventOf(keyId: string, row: ChangeRow, data: Data): LifecycleEvent {
  return {
    type: row.type,
    id: row.eventId,
    source: row.source,
    tenantId: row.tenantId,
    lane: row.lane,
    keyId,
    timeText: row.timeText,
    timeMs: row.timeText === '' ? Number.NaN : Date.parse(row.timeText),
    traceparent: '',
    data,
    attributes: undefined,
  };
}

function dataOf(text: string): Data {
  return text === '' ? {} : (JSON.parse(text) as Data);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | undefined): string | null => (ms === undefined ? null : iso(ms));
