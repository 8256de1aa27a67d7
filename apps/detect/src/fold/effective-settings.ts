import {
  checkedPolicy,
  createEngine,
  policyFor,
  RULES,
  type DetectionPolicy,
  type Engine,
  type Rule,
  type RuleChoice,
  type RuleProbe,
} from '@keywatch/detection';
import type { EffectiveRule, EffectiveSettings } from './settings-timeline.js';

/** What a person may set. */
export interface GivenSettings {
  readonly policy: DetectionPolicy;
  readonly latenessMs: number;
  readonly unknownKeys: number;
}

/**
 * Everything that decides about alerts of rules on the stream, defaults filled in. What is only about sweeps is left
 * out: changing it is no change here. @throws Error with every wrong rule setting.
 */
export function effectiveSettings(given: GivenSettings): EffectiveSettings {
  const { rules: choices, tenants, exceptions } = policyFor(RULES, given.policy);
  const resolved = checkedPolicy(RULES, { rules: choices, tenants });
  const rules: Record<string, EffectiveRule & { version: number }> = {};
  RULES.forEach(({ id, version }, i) => {
    const { enabled, settings } = resolved.base[i] ?? { enabled: true, settings: {} };
    rules[id] = { version, settings, ...(enabled ? {} : { enabled }) };
  });
  return {
    rules,
    // Left out where there are none: records of the time before they existed stay equal.
    ...(Object.keys(tenants).length === 0 ? {} : { tenants }),
    ...(exceptions.length === 0 ? {} : { exceptions }),
    latenessMs: given.latenessMs,
    unknownKeys: given.unknownKeys,
  };
}

/**
 * The engine for settings that were recorded once. Rules that are gone since are left out, and settings that a rule
 * doesn't take any more fall back to its defaults: only its newest version can be run.
 */
export function engineFor(effective: EffectiveSettings, probe?: RuleProbe): Engine {
  const { rules, tenants = {}, exceptions = [], latenessMs } = effective;
  const settings: Record<string, RuleChoice> = {};
  for (const rule of RULES) {
    const recorded = rules[rule.id];
    if (recorded !== undefined) settings[rule.id] = usable(rule, recorded.settings, recorded);
  }
  const own = Object.entries(tenants).map(([tenant, choices]) => {
    const rulesThere = RULES.filter(({ id }) => choices[id] !== undefined).map((rule) => {
      const general = settings[rule.id] ?? {};
      const { enabled = general['enabled'], ...given } = choices[rule.id] ?? {};
      return [rule.id, usable(rule, { ...without(general), ...given }, { enabled })] as const;
    });
    return [tenant, Object.fromEntries(rulesThere)] as const;
  });
  return createEngine({
    rules: RULES,
    settings,
    tenants: Object.fromEntries(own),
    exceptions,
    latenessMs,
    ...(probe === undefined ? {} : { probe }),
  });
}

function usable(
  rule: Rule,
  settings: Readonly<Record<string, unknown>>,
  { enabled = true }: { readonly enabled?: unknown },
): RuleChoice {
  return rule.settings.safeParse(settings).success ? { ...settings, enabled } : { enabled };
}

function without({ enabled: _, ...settings }: RuleChoice): RuleChoice {
  return settings;
}
