import type { PipelineCheck } from './check.js';
import { pipelineGap } from './pipeline-gap.check.js';

/** Every check of the pipeline itself. One line each. */
export const PIPELINE_CHECKS: readonly PipelineCheck[] = [pipelineGap];

export type { PipelineCheck } from './check.js';
export { pipelineGap, type PipelineGapSettings } from './pipeline-gap.check.js';
export { backendVerdict, type BackendLook } from './backend-verdict.js';
export {
  ALL_PRODUCERS,
  quietSubject,
  quietVerdicts,
  RHYTHM_MS,
  type Rhythm,
} from './quiet-verdicts.js';
export { readerSubject, readerVerdicts, type Reader } from './reader-verdicts.js';
export { storeVerdict, type UncoveredOffsets } from './store-verdicts.js';
export { ToldTroubles } from './told-troubles.js';
export type { Trouble, Verdict } from './trouble.js';
