import type { AlertEvent, KeyEvent } from '@keywatch/events';
import { anAlert } from './alerts.js';

/** What the tiny engine keeps of a key: every position that it counted. */
export interface TinyRecord {
  /** Offset folded up to. */
  o: number;
  /** Log time of the last event, ms. */
  t: number;
  counted: number[];
}

export interface TinyEngineOptions {
  /** An alert at every Nth event of a key. */
  readonly every?: number;
  readonly keepsMs?: number;
  /** Named in each alert's title, to tell engines apart. */
  readonly name?: string;
}

/**
 * A smallest engine for specs of what surrounds one: an event that is skipped or counted twice changes every later
 * alert of its key.
 */
export function tinyEngine({
  every = 3,
  keepsMs = Infinity,
  name = 'tiny',
}: TinyEngineOptions = {}) {
  const expired = (record: TinyRecord, now: number): boolean => now - record.t > keepsMs;
  return {
    recordKey: (event: KeyEvent) => `${event.lane}/${event.tenantId}/${event.keyId}`,
    fold(
      given: TinyRecord | undefined,
      event: KeyEvent,
      { offset, logTimeMs }: { offset: number; logTimeMs: number },
    ) {
      if (given !== undefined && offset <= given.o) {
        return { record: given, alerts: [], outcome: 'already-folded' as const };
      }
      const fresh: TinyRecord = { o: -1, t: 0, counted: [] };
      const record = given === undefined || expired(given, logTimeMs) ? fresh : given;
      record.o = offset;
      record.t = Math.max(record.t, logTimeMs);
      record.counted.push(offset);
      const alerts: AlertEvent[] = [];
      if (record.counted.length % every === 0) {
        const window = record.counted.join('+');
        const alert = anAlert({ rule: 'tiny', title: name, keyId: event.keyId, window });
        alerts.push({ id: `${event.keyId}:${window}`, source: 'detect', alert });
      }
      return { record, alerts, outcome: 'folded' as const };
    },
    serialize: (record: TinyRecord) => JSON.stringify(record),
    deserialize: (text: string) => JSON.parse(text) as TinyRecord,
    expired,
  };
}
