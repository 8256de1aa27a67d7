import type { Sweep } from '../sweep.js';
import { neverUsedKey } from './never-used-key.sweep.js';
import { oneAddressManyKeys } from './one-address-many-keys.sweep.js';
import { rotationNotAdopted } from './rotation-not-adopted.sweep.js';
import { staleKey } from './stale-key.sweep.js';
import { unknownKey } from './unknown-key.sweep.js';
import { unusedKey } from './unused-key.sweep.js';

/** Every sweep. One line each. */
export const SWEEPS: readonly Sweep[] = [
  staleKey,
  unusedKey,
  neverUsedKey,
  oneAddressManyKeys,
  unknownKey,
  rotationNotAdopted,
];
