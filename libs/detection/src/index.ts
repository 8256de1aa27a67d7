export * from './cases/index.js';
export { createEngine } from './engine/engine.js';
export type {
  Engine,
  EngineOptions,
  FoldOutcome,
  FoldResult,
  Position,
  RuleProbe,
} from './engine/engine.js';
export type { KeyRecord } from './engine/key-record.js';
export { LATENESS_MS } from './engine/lateness.js';
export * from './pipeline/index.js';
export type * from './replay/replay-job.js';
export * from './rule.js';
export { RULES } from './rules/index.js';
export type * from './runbook.js';
export { checkedPolicy } from './policy/checked-policy.js';
export { evaluateSweep, type Ask, type SweepResult } from './policy/evaluate-sweep.js';
export * from './policy/exceptions.js';
export { isNetwork } from './policy/networks.js';
export * from './policy/policy.js';
export { SweepMemory } from './policy/sweep-memory.js';
export * from './policy/sweep-plan.js';
export { withSettings } from './policy/with-settings.js';
export * from './rules-file/parse.js';
export * from './rules-file/problem.js';
export { rulesFileJsonSchema } from './rules-file/schema.js';
export { SETTABLE } from './settable.js';
export { resolveSettings } from './settings.js';
export * from './sweep.js';
export { SWEEPS } from './sweeps/index.js';
