import {
  concerns,
  PIPELINE_CHECKS,
  resolvePolicy,
  RULES,
  SWEEPS,
  type DetectionPolicy,
  type PipelineCheck,
  type Rule,
  type Sweep,
} from '@keywatch/detection';

/** One detection and what holds for it. */
export interface DescribedRule {
  readonly id: string;
  readonly title: string;
  /** Highest severity it gives. */
  readonly severity: string;
  readonly kind: 'stream' | 'sweep' | 'pipeline';
  readonly enabled: boolean;
  /** Settings that differ from their defaults. */
  readonly changed: Readonly<Record<string, unknown>>;
  /** Tenants for which something else holds. */
  readonly tenants: readonly string[];
  /** Exceptions that concern it. */
  readonly exceptions: number;
}

export type Detection = Rule | Sweep | PipelineCheck;

export const DETECTIONS: readonly Detection[] = [...RULES, ...SWEEPS, ...PIPELINE_CHECKS];

/** Every detection with what holds by the policy. */
export function describeRules(policy: DetectionPolicy): DescribedRule[] {
  const { resolved } = resolvePolicy(DETECTIONS, policy);
  return DETECTIONS.map((rule, i) => {
    const { enabled, settings } = resolved.base[i] ?? { enabled: true, settings: {} };
    const defaults: Record<string, unknown> = rule.settings.parse({});
    return {
      id: rule.id,
      title: rule.title,
      severity: rule.severity,
      kind: kindOf(rule),
      enabled,
      changed: Object.fromEntries(
        Object.entries(settings).filter(
          ([name, value]) => JSON.stringify(value) !== JSON.stringify(defaults[name]),
        ),
      ),
      tenants: Object.keys(policy.tenants).filter(
        (tenant) => rule.id in (policy.tenants[tenant] ?? {}),
      ),
      exceptions: policy.exceptions.filter((exception) => concerns(exception, rule.id)).length,
    };
  });
}

const KINDS = {
  stream: 'On the stream',
  sweep: 'A sweep',
  pipeline: 'A check of the pipeline itself',
} as const;

function kindOf(rule: Detection): DescribedRule['kind'] {
  if ('stateBytes' in rule) return 'stream';
  return 'sql' in rule ? 'sweep' : 'pipeline';
}

/** All that there is to say about one detection, for a terminal. */
export function ruleInWords(rule: Detection, held: DescribedRule): string {
  const defaults: Record<string, unknown> = rule.settings.parse({});
  const settings = Object.entries(rule.settings.shape).flatMap(([name, schema]) => {
    const byDefault = JSON.stringify(defaults[name]);
    const now =
      name in held.changed
        ? `${JSON.stringify(held.changed[name])} (default ${byDefault})`
        : byDefault;
    return [`  ${name}: ${now}`, `      ${(schema as { description?: string }).description ?? ''}`];
  });
  const { means, check, act, falseAlarms } = rule.runbook;
  const list = (lines: readonly string[]): string[] => lines.map((line) => `  - ${line}`);
  return [
    `${rule.title} (${rule.id})`,
    `${KINDS[held.kind]}, severity up to ${rule.severity}, ${held.enabled ? 'on' : 'OFF'}, ${held.exceptions} exceptions`,
    '',
    rule.description,
    '',
    'What it means',
    `  ${means}`,
    'What to check',
    ...list(check),
    'What to do',
    ...list(act),
    'False alarms',
    ...list(falseAlarms),
    '',
    'Settings',
    ...(settings.length === 0 ? ['  enabled alone'] : settings),
    ...(held.tenants.length === 0 ? [] : [`  Otherwise for: ${held.tenants.join(', ')}`]),
    '',
    'stateBytes' in rule
      ? `State: at most ${rule.stateBytes.toLocaleString('en-US')} bytes a key`
      : held.kind === 'sweep'
        ? 'State: none, it asks ClickHouse'
        : 'State: none, it asks Kafka and ClickHouse',
    '',
    'An exception, in the settings file under exceptions:',
    `  - { rule: ${rule.id}, key: ak_example, reason: why this is fine, expires: 2027-03-31 }`,
  ].join('\n');
}
