import type { DetectionException, DetectionPolicy } from '@keywatch/detection';

/** Under this key each partition's changelog says which settings held from which source offset on. */
export const SETTINGS_KEY = '@settings';

/** Older changes can't be replayed any more: the topic's retention is over long before. */
const KEPT_CHANGES = 50;
/** Bytes of the record: a broker takes messages of 1 MB. A settings file has 300,000 at most, so the last has room. */
const MAX_RECORD = 900_000;

export interface EffectiveRule {
  /** With the defaults filled in. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Missing: true. */
  readonly enabled?: boolean;
}

/** All that decides which alerts the same log gives; a JSON value. */
export interface EffectiveSettings {
  /** By rule id. */
  readonly rules: Readonly<Record<string, EffectiveRule & { readonly version: number }>>;
  /** What differs, by tenant and rule id. */
  readonly tenants?: DetectionPolicy['tenants'];
  readonly exceptions?: readonly DetectionException[];
  readonly latenessMs: number;
  /** Keys first seen by a request, not by a lifecycle event, that are taken up per partition and UTC day. */
  readonly unknownKeys: number;
}

export interface SettingsChange {
  /** First source offset for which they hold. */
  readonly from: number;
  readonly settings: EffectiveSettings;
}

/** The settings of one partition over its offsets. */
export interface SettingsTimeline {
  /** By offset, the first from the log's beginning. */
  readonly changes: readonly SettingsChange[];
  /** The record to write before anything is folded; undefined: the recorded settings still hold. */
  readonly toRecord: SettingsChange | undefined;
}

/**
 * Changed settings hold for what arrives after the change: events that are in the log already keep the recorded ones,
 * so that folding them again after a crash gives the alerts of the first time.
 * @param logEnd offset that the next event got when the partition was assigned.
 */
export function settingsTimeline(
  recorded: string | undefined,
  current: EffectiveSettings,
  logEnd: number,
): SettingsTimeline {
  const known = recorded === undefined ? [] : (JSON.parse(recorded) as SettingsChange[]);
  const last = known.at(-1);
  if (last !== undefined && canonical(last.settings) === canonical(current)) {
    return { changes: known, toRecord: undefined };
  }
  const change = { from: last === undefined ? 0 : Math.max(last.from, logEnd), settings: current };
  const before = known.filter(({ from }) => from < change.from).slice(-KEPT_CHANGES);
  return { changes: withinBound([...before, change]), toRecord: change };
}

/** The latest changes that have room in one record. */
function withinBound(changes: readonly SettingsChange[]): readonly SettingsChange[] {
  let room = MAX_RECORD;
  const first = changes.findLastIndex((change) => {
    room -= Buffer.byteLength(JSON.stringify(change)) + 1;
    return room < 0;
  });
  return changes.slice(first + 1);
}

/** JSON with sorted members, so that equal settings give equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
