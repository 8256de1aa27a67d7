import { z } from 'zod';
import { anyOf, instant, parseParams } from '../kit/params.js';

export const KEY_STATE_PARAMS = z.strictObject({
  at: instant('What was so at this time, by the time of events; missing: now').optional(),
  knownAt: instant('Only what had arrived by this time; missing: all that has arrived').optional(),
  tenant: anyOf('Tenant of the key; needed where several have a key of that name').optional(),
  lane: anyOf('Only these lanes: live, or names of imports; missing: all').optional(),
});

/** Times in ms since 1970. */
export interface KeyStateQuestion {
  readonly key: string;
  readonly atMs: number;
  readonly knownAtMs: number | undefined;
  readonly tenants: readonly string[] | undefined;
  readonly lanes: readonly string[] | undefined;
}

/** @throws ReportParamsError with every problem */
export function keyStateQuestion(key: string, given: unknown, nowMs: number): KeyStateQuestion {
  const { at, knownAt, tenant, lane } = parseParams(KEY_STATE_PARAMS, given);
  return { key, atMs: at ?? nowMs, knownAtMs: knownAt, tenants: tenant, lanes: lane };
}
