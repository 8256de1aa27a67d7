import { toAlertEvent } from '@keywatch/alerting';
import { REQUEST_MADE, type Alert, type AlertEvent, type KeyEvent } from '@keywatch/events';
import { foldKey, type KeyState } from '@keywatch/keys';
import {
  factsOfEvent,
  type DetectionException,
  type ExceptionFacts,
} from '../policy/exceptions.js';
import { planOf } from '../policy/plan.js';
import type { DetectionPolicy, DetectionSettings } from '../policy/policy.js';
import { checkedPolicy } from '../policy/checked-policy.js';
import type { Rule, RuleContext } from '../rule.js';
import { eventTime } from './event-time.js';
import { hasTime } from './has-time.js';
import { deserializeRecord, serializeRecord, type KeyRecord } from './key-record.js';
import { LATENESS_MS } from './lateness.js';
import { RecentIdentities, shortIdentity } from './recent-identities.js';
import { recordKeyOf } from './record-key.js';

const DAY_MS = 86_400_000;

export interface EngineOptions {
  readonly rules: readonly Rule[];
  readonly settings?: DetectionSettings;
  /** What differs from `settings`, by tenant. */
  readonly tenants?: DetectionPolicy['tenants'];
  /** What rules are not to see. */
  readonly exceptions?: readonly DetectionException[];
  /** How far behind a key's clock its events may come and still be on time. Default 15 minutes. */
  readonly latenessMs?: number;
  /** Identities remembered per key to drop duplicates. Default 64. */
  readonly recentIdentities?: number;
  /** How long a key with a known lifecycle is kept after its last event (log time). Default 400 days, as raw rows. */
  readonly knownKeyRetentionMs?: number;
  /** Told how long rules take, of some events: of all it would cost more than the rules. */
  readonly probe?: RuleProbe;
}

/** Looks at the time that rules take, with a clock of its own: folding itself knows none. */
export interface RuleProbe {
  /** One event of so many is looked at. */
  readonly every: number;
  /** Monotonic, in ms. */
  readonly now: () => number;
  evaluated(rule: string, ms: number): void;
}

export interface Position {
  readonly partition: number;
  readonly offset: bigint | number;
  readonly logTimeMs: number;
}

/**
 * `already-folded`: at or below the record's offset; nothing changed. `duplicate`: its identity is among the key's
 * recent ones; only the offset moved. `late`: folded, but further behind the key's clock than the lateness. `timeless`: of an
 * import and without a time of its own; what it says of the key is kept, and no rule is asked.
 */
export type FoldOutcome = 'folded' | 'already-folded' | 'duplicate' | 'late' | 'timeless';

export interface FoldResult {
  readonly record: KeyRecord;
  readonly alerts: AlertEvent[];
  readonly outcome: FoldOutcome;
}

/**
 * Folds the log into one record per key. What it does depends on the log alone: not on batches, restarts, or the
 * time of day. To bound the number of records, limit those that aren't {@link Engine.known}; when a new one exceeds
 * the limit drop the unknown record with the lowest `o`, which is a function of the log too.
 */
export interface Engine {
  /** Name of the record that the event belongs to: `lane/tenant/key`. */
  recordKey(event: KeyEvent): string;
  /**
   * Folds one event. The given record is changed in place and returned; a record that has expired by the event's log
   * time counts as none, so it doesn't matter whether its tombstone was written already.
   */
  fold(record: KeyRecord | undefined, event: KeyEvent, position: Position): FoldResult;
  serialize(record: KeyRecord): string;
  deserialize(text: string): KeyRecord;
  /**
   * Whether the record no longer matters at this log time: write a tombstone once the partition's committed position
   * is beyond the record's `o`.
   */
  expired(record: KeyRecord, nowLogTimeMs: number): boolean;
  /** Whether a lifecycle event named the key: others may be inventions of a caller. */
  known(record: KeyRecord): boolean;
}

/** @throws Error that lists every wrong setting, or two rules with one id. */
export function createEngine({
  rules,
  settings = {},
  tenants = {},
  exceptions = [],
  latenessMs = LATENESS_MS,
  recentIdentities = 64,
  knownKeyRetentionMs = 400 * DAY_MS,
  probe,
}: EngineOptions): Engine {
  const repeated = rules.find((rule, i) => rules.findIndex(({ id }) => id === rule.id) !== i);
  if (repeated !== undefined) throw new Error(`Two rules have the id ${repeated.id}`);
  const resolved = checkedPolicy(rules, { rules: settings, tenants });
  const plan = planOf(rules, resolved, exceptions);
  const everySettings = [resolved.base, ...resolved.tenants.values()];

  const known = (record: KeyRecord): boolean => record.key !== undefined;
  const expired = (record: KeyRecord, nowLogTimeMs: number): boolean => {
    const ageMs = nowLogTimeMs - record.logTimeMs;
    if (known(record)) return ageMs > knownKeyRetentionMs;
    if (ageMs <= latenessMs) return false;
    return rules.every((rule, i) =>
      everySettings.every(
        (choices) => ageMs > rule.keepsMs(choices[i]?.settings ?? {}, latenessMs, record.states[i]),
      ),
    );
  };

  let unprobed = 0;

  const fold: Engine['fold'] = (given, event, position) => {
    const offset = Number(position.offset);
    if (given !== undefined && offset <= given.o) {
      return { record: given, alerts: [], outcome: 'already-folded' };
    }
    const { logTimeMs } = position;
    const timeMs = eventTime(event.timeMs, logTimeMs);
    const record =
      given === undefined || expired(given, logTimeMs) ? fresh(recentIdentities) : given;
    record.o = offset;
    record.logTimeMs = Math.max(record.logTimeMs, logTimeMs);
    if (!record.recent.add(shortIdentity(event)))
      return { record, alerts: [], outcome: 'duplicate' };

    const keyBefore = record.key;
    if (event.type !== REQUEST_MADE) record.key = foldKey(keyBefore, event, logTimeMs);
    if (!hasTime(event, logTimeMs)) return { record, alerts: [], outcome: 'timeless' };

    const late = timeMs < record.clockMs - latenessMs;
    record.clockMs = Math.max(record.clockMs, timeMs);

    const alerts: AlertEvent[] = [];
    const about = { timeMs, clockMs: record.clockMs, latenessMs, late, key: record.key, keyBefore };
    let facts: ExceptionFacts | undefined;
    unprobed += 1;
    const probing = probe !== undefined && unprobed >= probe.every ? probe : undefined;
    if (probing !== undefined) unprobed = 0;
    for (const { rule, index, settings: tuned, excepted } of plan(event.tenantId)) {
      if (excepted?.((facts ??= factsOfEvent(event, record.key, timeMs))) === true) continue;
      const context: RuleContext<Record<string, unknown>> = { ...about, settings: tuned };
      const state = (record.states[index] ??= rule.initial());
      const started = probing?.now();
      const findings = rule.fold(state, event, context);
      if (probing !== undefined && started !== undefined)
        probing.evaluated(rule.id, probing.now() - started);
      for (const finding of findings) {
        alerts.push(
          toAlertEvent(finding, {
            source: 'detect',
            rule,
            tenantId: event.tenantId,
            lane: event.lane,
            keyId: event.keyId,
            detectedAtMs: logTimeMs,
            owner: ownerOf(record.key),
          }),
        );
      }
    }
    return { record, alerts, outcome: late ? 'late' : 'folded' };
  };

  return {
    recordKey: (event) => recordKeyOf(event.lane, event.tenantId, event.keyId),
    fold,
    serialize: (record) => serializeRecord(record, rules),
    deserialize: (text) => deserializeRecord(text, rules, recentIdentities),
    expired,
    known,
  };
}

function fresh(recentIdentities: number): KeyRecord {
  return {
    o: -1,
    clockMs: -Infinity,
    logTimeMs: -Infinity,
    key: undefined,
    recent: new RecentIdentities(recentIdentities),
    states: [],
  };
}

function ownerOf(key: KeyState | undefined): Alert['owner'] {
  const description = key?.description?.value;
  if (description === undefined) return undefined;
  const { ownerId, ownerEmail, ownerTeam } = description;
  if (ownerId === '' && ownerEmail === '' && ownerTeam === '') return undefined;
  return { id: ownerId, email: ownerEmail, team: ownerTeam };
}
