import { dayInWords, listInWords, sqlIn, type Finding } from '@keywatch/alerting';
import { DAY_MS, type EnvironmentDay, type EnvironmentDays } from './environment-days.js';
import type { DayPairs } from './environment-pairs.js';

export interface EvidenceSettings {
  readonly windowHours: number;
  readonly closeMinutes: number;
}

/** `2026-03-01` of days since 1970. */
export function isoDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The finding of one day, with the uses of that day and those before it that it may be paired with. */
export function findingOf(
  days: EnvironmentDays,
  { day, close, environments }: DayPairs,
  keyId: string,
  allowed: readonly string[],
  { windowHours, closeMinutes }: EvidenceSettings,
): Finding {
  const hours = Math.max(24, windowHours);
  const span = days.filter((d) => d.day <= day && d.day >= day - Math.ceil(windowHours / 24));
  const uses = span
    .flatMap((d) => environments.flatMap((environment) => d.uses.get(environment) ?? []))
    .sort((a, b) => a.lastMs - b.lastMs || (a.lastEventId < b.lastEventId ? -1 : 1));
  const [first, last] = [uses[0], uses.at(-1)];
  const severity = close ? 'high' : 'medium';
  const apart = `within ${hours} hours of each other, last on ${dayInWords(day * DAY_MS)} (UTC)`;
  const closer = close ? `; production and another within ${closeMinutes} minutes` : '';
  return {
    window: isoDay(day),
    severity,
    occurredAtMs: last?.lastMs ?? day * DAY_MS,
    sentence:
      `Key ${keyId} was used in ${listInWords(environments)} ${apart}${closer}. ` +
      'Give each environment a key of its own; if this is meant, list them as allowed environments of the key.',
    facts: {
      day: isoDay(day),
      environments: [...environments],
      withinMinutes: close ? closeMinutes : hours * 60,
      useCount: uses.reduce((sum, { count }) => sum + count, 0),
      addresses: [...new Set(uses.flatMap(({ addresses }) => addresses))].sort(),
      uses: span.flatMap((d) => environments.flatMap((e) => usesInWords(d, e) ?? [])),
      ...(allowed.length === 0 ? {} : { allowedEnvironments: [...allowed] }),
    },
    ...(first === undefined ? {} : { firstEventId: first.lastEventId }),
    ...(last === undefined ? {} : { lastEventId: last.lastEventId }),
    revision: [severity, ...environments],
    scope: {
      view: 'requests',
      fromMs: uses.reduce((least, { firstMs }) => Math.min(least, firstMs), day * DAY_MS),
      toMs: last?.lastMs ?? day * DAY_MS,
      where: [sqlIn('environment', environments)],
    },
  };
}

/** `staging on 2026-03-01: 3 uses, 10:00:00 to 10:20:00 UTC, from 10.0.0.1`; undefined: none that day. */
function usesInWords({ day, uses }: EnvironmentDay, environment: string): string | undefined {
  const found = uses.get(environment);
  if (found === undefined) return undefined;
  const time = (ms: number): string => new Date(ms).toISOString().slice(11, 19);
  const when =
    found.count === 1
      ? `1 use at ${time(found.firstMs)} UTC`
      : `${found.count} uses, ${time(found.firstMs)} to ${time(found.lastMs)} UTC`;
  const from = found.addresses.length === 0 ? '' : `, from ${found.addresses.join(', ')}`;
  return `${environment} on ${isoDay(day)}: ${when}${from}`;
}
