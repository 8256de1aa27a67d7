import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineSweep, type SweepQuery } from '../sweep.js';
import { evaluateSweep } from './evaluate-sweep.js';
import type { DetectionException } from './exceptions.js';
import { DEFAULT_POLICY, type DetectionPolicy } from './policy.js';
import { sweepPlans } from './sweep-plan.js';

interface Row {
  readonly tenant: string;
  readonly key: string;
  readonly age: number;
  readonly address?: string;
}

const old = defineSweep({
  id: 'old',
  version: 1,
  title: 'Old keys',
  description: 'For specs.',
  severity: 'low',
  runbook: { means: '', check: [], act: [], falseAlarms: [] },
  settings: z.strictObject({ days: z.int().default(90), maxFindings: z.int().default(100) }),
  sql: ({ days, maxFindings }) => ({ query: 'old', params: { days, maxFindings } }),
  row: z.object({
    tenant: z.string(),
    key: z.string(),
    age: z.number(),
    address: z.string().optional(),
  }),
  toFindings: ({ tenant, key, age, address }) => [
    {
      tenantId: tenant,
      lane: 'live',
      keyId: key,
      window: 'w',
      severity: 'low',
      occurredAtMs: 0,
      sentence: `${key} is old.`,
      facts: { age, ...(address === undefined ? {} : { address }) },
      revision: [],
      scope: { view: 'keys' },
      owner: { id: '', email: `${key}@example.org`, team: '' },
    },
  ],
});

function world(rows: readonly Row[], creations: readonly object[] = []) {
  const asked: SweepQuery[] = [];
  const ask = (query: SweepQuery): Promise<unknown[]> => {
    asked.push(query);
    if (query.query !== 'old') return Promise.resolve([...creations]);
    const { days, maxFindings } = query.params as { days: number; maxFindings: number };
    const due = rows.filter(({ age }) => age >= days).slice(0, maxFindings);
    return Promise.resolve(due);
  };
  const evaluate = async (policy: Partial<DetectionPolicy>, asOfMs = 1000) => {
    const [plan] = sweepPlans([old], { ...DEFAULT_POLICY, ...policy });
    if (plan === undefined) throw new Error('no plan');
    const { alerts, full } = await evaluateSweep(plan, { asOfMs }, ask);
    return { keys: alerts.map(({ alert }) => `${alert.tenantId}/${alert.keyId}`), full };
  };
  return { asked, evaluate };
}

const except = (over: Partial<DetectionException>): DetectionException => ({
  rules: ['old'],
  reason: 'a spec',
  untilMs: 1001,
  ...over,
});
const ROWS: Row[] = [
  { tenant: 'acme', key: 'a', age: 95 },
  { tenant: 'acme', key: 'b', age: 40 },
  { tenant: 'globex', key: 'c', age: 40, address: '10.0.0.7' },
  { tenant: 'globex', key: 'd', age: 99 },
];

describe('a sweep', () => {
  it('runs once where nothing is set', async () => {
    const { evaluate, asked } = world(ROWS);
    expect(await evaluate({})).toEqual({ keys: ['acme/a', 'globex/d'], full: false });
    expect(asked).toHaveLength(1);
  });

  it('has other settings for a tenant, is off for one, or on for one alone', async () => {
    const { evaluate } = world(ROWS);
    const tenants = { acme: { old: { days: 30 } } };
    expect((await evaluate({ tenants })).keys).toEqual(['globex/d', 'acme/a', 'acme/b']);
    expect((await evaluate({ tenants: { acme: { old: { enabled: false } } } })).keys).toEqual([
      'globex/d',
    ]);
    const only = {
      rules: { old: { enabled: false } },
      tenants: { acme: { old: { enabled: true } } },
    };
    expect((await evaluate(only)).keys).toEqual(['acme/a']);
  });

  it('leaves out what an exception names, until it expires', async () => {
    const { evaluate } = world(ROWS);
    const rules = { old: { days: 30 } };
    const without = async (exception: Partial<DetectionException>, asOfMs?: number) =>
      (await evaluate({ rules, exceptions: [except(exception)] }, asOfMs)).keys;
    expect(await without({ keys: ['a', 'd'] })).toEqual(['acme/b', 'globex/c']);
    expect(await without({ tenants: ['acme'] })).toEqual(['globex/c', 'globex/d']);
    expect(await without({ owners: ['D@example.org'] })).toEqual(['acme/a', 'acme/b', 'globex/c']);
    expect(await without({ networks: ['10.0.0.0/8'] })).toEqual(['acme/a', 'acme/b', 'globex/d']);
    expect(await without({ keys: ['a', 'd'] }, 1001)).toHaveLength(4);
    expect(await without({ rules: ['other'], keys: ['a'] })).toHaveLength(4);
  });

  it('asks for tags, home and owner of the keys found only where an exception names them', async () => {
    const creation = { tenant_id: 'acme', key_id: 'a', tags: ['ci'], environment: 'test' };
    const { evaluate, asked } = world(ROWS, [{ ...creation, owners: ['ada', '', ''] }]);
    for (const exception of [{ tags: ['ci'] }, { environments: ['test'] }, { owners: ['ada'] }]) {
      expect((await evaluate({ exceptions: [except(exception)] })).keys).toEqual(['globex/d']);
    }
    expect(asked[1]?.params).toEqual({ tenants: ['acme', 'globex'], keys: ['a', 'd'] });
    asked.length = 0;
    await evaluate({ exceptions: [except({ keys: ['a'] })] });
    expect(asked).toHaveLength(1);
  });

  it('is not kept back by findings that are left out and stay due', async () => {
    const many = Array.from({ length: 50 }, (_, i) => ({ tenant: 'acme', key: `k${i}`, age: 99 }));
    const { evaluate } = world([...many, { tenant: 'globex', key: 'behind', age: 99 }]);
    const rules = { old: { maxFindings: 10 } };
    const exceptions = [except({ tenants: ['acme'] })];
    expect(await evaluate({ rules, exceptions })).toEqual({ keys: ['globex/behind'], full: false });
    const tenants = { acme: { old: { enabled: false } } };
    expect((await evaluate({ rules, tenants })).keys).toEqual(['globex/behind']);
  });

  it('says that there may be more', async () => {
    const { evaluate } = world(ROWS);
    expect((await evaluate({ rules: { old: { maxFindings: 1 } } })).full).toBe(true);
  });
});
