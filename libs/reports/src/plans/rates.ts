/** Requests a minute that a plan allows; as in the detection of rates beyond the plan. A plan that isn't listed has no known limit. */
export const PLAN_RATES: Readonly<Record<string, number>> = {
  free: 60,
  pro: 600,
  enterprise: 6000,
};
