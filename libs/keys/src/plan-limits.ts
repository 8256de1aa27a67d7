/**
 * Days that a secret may live, by plan in lower case: what stale-key tells by and what reports compare with. 90 is the
 * rotation age of the CIS benchmarks and AWS Config (access-keys-rotated).
 */
export const LIMIT_DAYS: Readonly<Record<string, number>> = { free: 180, pro: 90, enterprise: 90 };
/** Of a key whose plan is unknown or another. */
export const DEFAULT_LIMIT_DAYS = 90;

/** Requests a minute that a plan allows: what plan-rate-exceeded and the report of plan use go by. Other plans have no known limit. */
export const PLAN_RATES: Readonly<Record<string, number>> = {
  free: 60,
  pro: 600,
  enterprise: 6000,
};
