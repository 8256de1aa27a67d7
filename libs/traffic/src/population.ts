import { keyIdentity } from './key-identity.js';
import { cleanLife, plantedLife } from './key-life.js';
import { isTriable, KEYS_OF_ONE_ADDRESS } from './further-plants.js';
import { PLANTS, type CheckedOptions, type Plant } from './options.js';
import type { KeyIdentity, PlannedKey } from './planned-key.js';
import { Random } from './random.js';

/** All issued keys, the most used first, with everything that will happen to them but their requests. */
export function planKeys(options: CheckedOptions): PlannedKey[] {
  const { seed, keys } = options;
  const identities = Array.from({ length: keys }, (_, index) => keyIdentity(seed, keys, index));
  const plants = choosePlants(options, identities);
  return identities.map((identity) => {
    const chosen = plants.get(identity.index);
    if (chosen === undefined) {
      return { ...identity, ...cleanLife(options, identity.index), plant: undefined };
    }
    const { plant, n } = chosen;
    // An anomaly in environments needs a key that is at home in one.
    const allowed = plant === 'multi-environment-use' ? [identity.home] : identity.allowed;
    return { ...identity, allowed, ...plantedLife(options, identity.index, plant, n), plant };
  });
}

function fitsPlan(plant: Plant, plan: KeyIdentity['plan']): boolean {
  // Rotation is asked for later on a free plan: a key on another one is stale by any account.
  if (plant === 'stale-key') return plan !== 'free';
  // The smallest limit takes the fewest requests to exceed.
  return plant !== 'plan-rate-exceeded' || plan === 'free';
}

/** The keys of tenants in which somebody finds enough to try, at any time of the window, when some carry the anomaly. */
function ofLargeTenants(free: readonly KeyIdentity[], options: CheckedOptions): KeyIdentity[] {
  const enough = KEYS_OF_ONE_ADDRESS + options.anomalies['one-address-many-keys'];
  const usable = free.filter(({ index }) => isTriable(cleanLife(options, index), options.startMs));
  const byTenant = Map.groupBy(usable, ({ tenantId }) => tenantId);
  return free.filter(({ tenantId }) => (byTenant.get(tenantId)?.length ?? 0) >= enough);
}

interface Chosen {
  readonly plant: Plant;
  /** Counts the keys of its kind. */
  readonly n: number;
}

/** Which keys carry which anomaly: never two, so that one doesn't hide another. */
function choosePlants(
  options: CheckedOptions,
  identities: readonly KeyIdentity[],
): Map<number, Chosen> {
  const { seed, anomalies } = options;
  const chosen = new Map<number, Chosen>();
  const order = new Random(seed, 1).shuffle(identities);
  for (const plant of PLANTS) {
    const free = order.filter(({ index }) => !chosen.has(index));
    const fits =
      plant === 'one-address-many-keys'
        ? ofLargeTenants(free, options)
        : free.filter(({ plan }) => fitsPlan(plant, plan));
    if (fits.length < anomalies[plant]) {
      throw new RangeError(
        `traffic option anomalies.${plant} is ${anomalies[plant]}, but only ${fits.length} keys fit; ask for fewer or for more keys`,
      );
    }
    fits.slice(0, anomalies[plant]).forEach(({ index }, n) => chosen.set(index, { plant, n }));
  }
  return chosen;
}
