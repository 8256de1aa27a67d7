import type { Random } from './random.js';
import { IPV6_NET } from './vocabulary.js';

/** An address that no key uses otherwise. */
export const attacker = (random: Random): string =>
  `${IPV6_NET}:bad::${(1 + random.below(65_535)).toString(16)}`;
