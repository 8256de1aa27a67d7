import { createEngine, resolveSettings, RULES, type Engine } from '@keywatch/detection';
import type { EffectiveSettings } from './settings-timeline.js';

/** What a person may set. */
export interface GivenSettings {
  readonly rules: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly latenessMs: number;
  readonly unknownKeys: number;
}

/** Everything that decides about alerts, defaults filled in. @throws Error with every wrong rule setting. */
export function effectiveSettings(given: GivenSettings): EffectiveSettings {
  const resolved = resolveSettings(RULES, given.rules);
  const rules: Record<string, EffectiveSettings['rules'][string]> = {};
  RULES.forEach(({ id, version }, i) => {
    rules[id] = { version, settings: resolved[i] ?? {} };
  });
  return { rules, latenessMs: given.latenessMs, unknownKeys: given.unknownKeys };
}

/**
 * The engine for settings that were recorded once. Rules that are gone since are left out, and settings that a rule
 * doesn't take any more fall back to its defaults: only its newest version can be run.
 */
export function engineFor({ rules, latenessMs }: EffectiveSettings): Engine {
  const settings: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const rule of RULES) {
    const recorded = rules[rule.id]?.settings;
    if (recorded !== undefined && rule.settings.safeParse(recorded).success) {
      settings[rule.id] = recorded;
    }
  }
  return createEngine({ rules: RULES, settings, latenessMs });
}
