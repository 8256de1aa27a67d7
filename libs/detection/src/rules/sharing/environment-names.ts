import { environmentsOf, type KeyState } from '@keywatch/keys';

/** Whether uses in these two environments count against each other. */
export type Counts = (a: string, b: string) => boolean;

/**
 * Two environments count against each other unless the key is allowed in both. Allowed are the home environment and
 * the allowed environments of the key's latest creation; where no creation was seen nothing is allowed.
 */
export function countsFor(key: KeyState | undefined): Counts {
  const allowed = environmentsOf(key);
  return (a, b) => a !== b && !(allowed.includes(a) && allowed.includes(b));
}

/** As {@link countsFor}, where one of the two is production. */
export function countsWithProduction(counts: Counts, productionNames: readonly string[]): Counts {
  const isProduction = productionNamed(productionNames);
  return (a, b) => (isProduction(a) || isProduction(b)) && counts(a, b);
}

/** A name means itself in any case, also with a suffix behind a separator: `prod` is PROD, prod-eu, prod/eu. */
function productionNamed(names: readonly string[]): (environment: string) => boolean {
  const wanted = names.map((name) => name.toLowerCase());
  return (environment) => {
    const text = environment.toLowerCase();
    return wanted.some(
      (name) => text.startsWith(name) && /^($|[^a-z0-9])/.test(text.slice(name.length)),
    );
  };
}

/** Which to keep where there are too many: foreign environments first, so that the bound hides none of them. */
export function ranking(key: KeyState | undefined): (a: string, b: string) => boolean {
  const allowed = environmentsOf(key);
  return (a, b) => {
    const foreign = Number(allowed.includes(a)) - Number(allowed.includes(b));
    return foreign === 0 ? a < b : foreign < 0;
  };
}
