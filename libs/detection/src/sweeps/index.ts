import type { Sweep } from '../sweep.js';
import { staleKey } from './stale-key.sweep.js';

/** Every sweep. One line each. */
export const SWEEPS: readonly Sweep[] = [staleKey];
