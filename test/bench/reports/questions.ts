import { keyName, tenantName, type Filled } from './fill.js';

export interface Question {
  readonly report: string;
  /** What is asked, for the table. */
  readonly about: string;
  readonly params: (run: number) => Record<string, string>;
}

const DAY_MS = 86_400_000;

/** What people ask; each run about another key, tenant or time. */
export function questions({ keys, toMs }: Filled): readonly Question[] {
  const some = (run: number): number => 1 + ((run * 7919) % (keys - 1));
  const key = (run: number) => ({ key: keyName(some(run)), tenant: tenantName(some(run)) });
  const bare = (run: number) => ({ key: keyName(some(run)) });
  const heavy = () => ({ key: keyName(0) });
  const tenant = (run: number) => ({ tenant: tenantName(run) });
  const week = (run: number) => ({
    from: new Date(toMs - (7 + run) * DAY_MS).toISOString(),
    to: new Date(toMs - run * DAY_MS).toISOString(),
  });
  const all = () => ({});
  return [
    { report: 'revoke-impact', about: 'a key, 30 days', params: bare },
    { report: 'revoke-impact', about: 'the busiest key, 30 days', params: heavy },
    { report: 'callers', about: 'a key', params: bare },
    { report: 'callers', about: 'the busiest key', params: heavy },
    {
      report: 'callers',
      about: 'the busiest key, a week',
      params: (run) => ({ ...heavy(), ...week(run) }),
    },
    { report: 'audit-trail', about: 'a key', params: key },
    {
      report: 'audit-trail',
      about: 'a tenant, changes and alerts',
      params: (run) => ({ ...tenant(run), uses: 'false' }),
    },
    { report: 'usage', about: 'a key, exact', params: key },
    {
      report: 'usage',
      about: 'a tenant, a week, exact',
      params: (run) => ({ ...tenant(run), ...week(run) }),
    },
    {
      report: 'usage',
      about: 'all keys, sums',
      params: () => ({ distinct: 'false', limit: '100' }),
    },
    {
      report: 'usage',
      about: 'all by day, a week, sums',
      params: (run) => ({ distinct: 'false', groupBy: 'day', ...week(run) }),
    },
    { report: 'rotation-age', about: 'all keys', params: all },
    { report: 'stale-keys', about: 'all keys', params: all },
    { report: 'unused-keys', about: 'all keys', params: all },
    { report: 'shared-keys', about: 'all keys, a week', params: week },
    { report: 'plan-use', about: 'a tenant, 30 days', params: tenant },
    {
      report: 'plan-use',
      about: 'all keys, a week',
      params: (run) => ({ ...week(run), limit: '100' }),
    },
    {
      report: 'alert-history',
      about: 'a month',
      params: (run) => ({ from: new Date(toMs - (30 + run) * DAY_MS).toISOString() }),
    },
    { report: 'completeness', about: 'all', params: all },
  ];
}
