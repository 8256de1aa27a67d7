import type { KeyIdentity } from './planned-key.js';
import { Random } from './random.js';
import {
  ENVIRONMENTS,
  FIRST_NAMES,
  IPV4_NETS,
  IPV6_NET,
  KEY_PURPOSES,
  LAST_NAMES,
  MAIL_DOMAIN,
  REGIONS,
  SCOPES,
  SDK_AGENTS,
  TEAMS,
  type Environment,
} from './vocabulary.js';

const KEYS_PER_TENANT = 25;
const MAX_TENANTS = 40;
const OWNERS_PER_TENANT = 6;

/** The key of that rank: 0 is the most used. */
export function keyIdentity(seed: number, keys: number, index: number): KeyIdentity {
  const random = new Random(seed, 1_000_000 + index);
  const digits = Math.floor(random.next() * 36 ** 6)
    .toString(36)
    .padStart(6, '0');
  const tenants = Math.max(1, Math.min(MAX_TENANTS, Math.round(keys / KEYS_PER_TENANT)));
  // Squared: a few tenants have most of the keys.
  const tenant = Math.floor(tenants * random.next() ** 2);
  const tenantId = `tenant-${String(tenant + 1).padStart(2, '0')}`;
  const home = environment(random);
  return {
    index,
    keyId: `key_${digits}${index.toString(36)}`,
    tenantId,
    owner: owner(tenantId, tenant, random.below(OWNERS_PER_TENANT)),
    name: `${random.pick(KEY_PURPOSES)}-${home}`,
    plan: plan((index + random.next()) / keys),
    home,
    allowed: random.chance(0.1) ? [home, otherEnvironment(random, home)] : [home],
    scopes: SCOPES.slice(0, 1 + random.below(SCOPES.length)),
    region: REGIONS[tenant % REGIONS.length] ?? REGIONS[0],
    addresses: Array.from({ length: 1 + random.below(4) }, () => address(random, tenant)),
    agents: Array.from({ length: 1 + random.below(2) }, () => random.pick(SDK_AGENTS)),
  };
}

/** An environment other than the given one. */
export function otherEnvironment(random: Random, than: Environment): Environment {
  return random.pick(ENVIRONMENTS.filter((name) => name !== than));
}

function environment(random: Random): Environment {
  const u = random.next();
  if (u < 0.6) return 'production';
  return u < 0.82 ? 'staging' : 'development';
}

/** Who uses a lot pays: by rank, 0 is the most used key and 1 the least used. */
function plan(rank: number): KeyIdentity['plan'] {
  if (rank < 0.1) return 'enterprise';
  return rank < 0.45 ? 'pro' : 'free';
}

function owner(tenantId: string, tenant: number, n: number): KeyIdentity['owner'] {
  const first = FIRST_NAMES[(tenant * 5 + n) % FIRST_NAMES.length] ?? FIRST_NAMES[0];
  const last = LAST_NAMES[(tenant * 3 + n * 2) % LAST_NAMES.length] ?? LAST_NAMES[0];
  return {
    id: `${tenantId}-u${n + 1}`,
    email: `${first}.${last}@${tenantId}.${MAIL_DOMAIN}`,
    team: TEAMS[n % TEAMS.length] ?? TEAMS[0],
  };
}

function address(random: Random, tenant: number): string {
  if (random.chance(0.75)) return `${random.pick(IPV4_NETS)}.${1 + random.below(254)}`;
  return `${IPV6_NET}:${(tenant + 1).toString(16)}::${(1 + random.below(65_535)).toString(16)}`;
}
