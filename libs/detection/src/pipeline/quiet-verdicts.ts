import { listInWords, sqlText } from '@keywatch/alerting';
import type { PipelineGapSettings } from './pipeline-gap.check.js';
import {
  durationInWords,
  momentInWords,
  OWN_TENANT,
  type Trouble,
  type Verdict,
} from './trouble.js';

/** Live requests of a tenant in the seven days before the look. Times in ms since 1970. */
export interface Rhythm {
  readonly tenantId: string;
  readonly requests: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Its longest silence between two requests, to five minutes. */
  readonly longestSilenceMs: number;
}

export const RHYTHM_MS = 7 * 86_400_000;
/** Its week must be known but for this much: nights and a weekend are in it. */
const UNKNOWN_MS = 86_400_000;

export const ALL_PRODUCERS = 'producers';
export const quietSubject = (tenantId: string): string => `producer/${tenantId}`;

/**
 * Tenants whose silence is longer than any they had. The end of a silence is not said here: see the request that ends it.
 * @param asOfMs everything that had arrived by then is stored
 */
export function quietVerdicts(
  rhythms: readonly Rhythm[],
  { quietMinutes, quietTimes, quietRequests }: PipelineGapSettings,
  asOfMs: number,
): Verdict[] {
  const known = rhythms.filter(
    ({ requests, firstMs }) =>
      requests >= quietRequests && firstMs <= asOfMs - RHYTHM_MS + UNKNOWN_MS,
  );
  const quiet = known.filter(
    ({ lastMs, longestSilenceMs }) =>
      asOfMs - lastMs > Math.max(quietMinutes * 60_000, quietTimes * longestSilenceMs),
  );
  const fine = known.filter((rhythm) => !quiet.includes(rhythm));
  if (quiet.length > 1 && fine.length === 0) return [allQuiet(quiet)];
  return [
    ...quiet.map((rhythm) => ({
      subject: quietSubject(rhythm.tenantId),
      trouble: troubleOf(rhythm),
    })),
  ];
}

function troubleOf({ tenantId, lastMs, longestSilenceMs, requests }: Rhythm): Trouble {
  return {
    kind: 'producer-quiet',
    severity: 'medium',
    tenantId,
    sinceMs: lastMs,
    sentence: `Tenant ${tenantId} has sent no request since ${momentInWords(lastMs)} UTC; in the week before it was never silent for longer than ${durationInWords(longestSilenceMs)}.`,
    facts: { requests, longestSilenceSeconds: Math.round(longestSilenceMs / 1000) },
    scope: hoursBefore(lastMs, [`tenant_id = ${sqlText(tenantId)}`]),
  };
}

/** Not a producer but what they all have in common: one alert, not one each. */
function allQuiet(quiet: readonly Rhythm[]): Verdict {
  const lastMs = Math.max(...quiet.map((rhythm) => rhythm.lastMs));
  const tenants = quiet.map(({ tenantId }) => tenantId).sort();
  return {
    subject: ALL_PRODUCERS,
    trouble: {
      kind: 'producers-quiet',
      severity: 'medium',
      tenantId: OWN_TENANT,
      sinceMs: lastMs,
      sentence: `No tenant has sent a request since ${momentInWords(lastMs)} UTC: ${listInWords(tenants)}.`,
      facts: { tenants, tenantCount: tenants.length },
      scope: hoursBefore(lastMs, []),
    },
  };
}

const HOURS_MS = 6 * 3_600_000;

function hoursBefore(lastMs: number, where: readonly string[]) {
  return {
    view: 'usage_by_hour',
    fromMs: lastMs - HOURS_MS,
    where: [...where, "lane = 'live'"],
  } as const;
}
