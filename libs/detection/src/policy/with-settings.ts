import type { DetectionPolicy } from './policy.js';

/** The rule on, with these settings above what holds, for every tenant. */
export function withSettings(
  policy: DetectionPolicy,
  id: string,
  changes: Readonly<Record<string, unknown>>,
): DetectionPolicy {
  const names = new Set(Object.keys(changes));
  const tenants = Object.entries(policy.tenants).map(([tenant, choices]) => {
    const own = Object.entries(choices[id] ?? {}).filter(([name]) => !names.has(name));
    return [tenant, { ...choices, [id]: Object.fromEntries(own) }] as const;
  });
  return {
    ...policy,
    rules: { ...policy.rules, [id]: { ...policy.rules[id], ...changes, enabled: true } },
    tenants: Object.fromEntries(tenants),
  };
}
