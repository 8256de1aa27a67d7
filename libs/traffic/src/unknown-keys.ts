import { unknownKeyId } from '@keywatch/events';
import type { CheckedOptions } from './options.js';
import type { PlannedKey } from './planned-key.js';
import { ALLOWED, moment, times, type PlannedUse } from './planned-use.js';
import { Random } from './random.js';
import { HOUR_MS } from './time.js';
import { IPV6_NET } from './vocabulary.js';

/** Typing errors and old notes: keys that nobody issued, each tried once to three times. Too few for an alert. */
export function unknownKeyUses(keys: readonly PlannedKey[], options: CheckedOptions): PlannedUse[] {
  const random = new Random(options.seed, 2);
  const count = Math.min(20, Math.ceil(options.keys / 200));
  return Array.from({ length: count }, (_, n) => {
    const key = random.pick(keys);
    const subject = unknownKeyId(`never issued ${options.seed} ${n}`);
    const address = `${IPV6_NET}:ffff::${(n + 1).toString(16)}`;
    const fromMs = moment(random, options, 0, 0.98);
    return times(random, fromMs, HOUR_MS, 1 + random.below(3), options).map((ms): PlannedUse => ({
      ...ALLOWED,
      key,
      ms,
      subject,
      address,
      status: 401,
      outcome: 'invalid-key',
    }));
  }).flat();
}
