import { nameOf, type ProducedEvent } from './produced-event.js';

const DAY_MS = 86_400_000;

/**
 * Key and UTC day of each alert of multi-environment-use, by comparing every two uses of a key as the rule's description
 * says: on one day, or the later within 24 hours after the other; not where the key's latest creation allows both.
 * @throws Error where a key's events don't come in the order of their times: what counts then depends on lateness
 */
export function environmentDaysOf(events: readonly ProducedEvent[]): Set<string> {
  const found = new Set<string>();
  for (const ofKey of Map.groupBy(events, (e) => nameOf(e.lane, e.tenant, e.keyId)).values()) {
    const disordered = ofKey.find((event, at) => event.ms < (ofKey[at - 1]?.ms ?? -Infinity));
    if (disordered !== undefined) throw new Error(`${disordered.identity} comes out of order`);
    const allowed = allowedOf(ofKey);
    const uses = ofKey.flatMap((event) => {
      const environment = event.data['environment'];
      const isUse = event.what === 'request-made' && typeof environment === 'string';
      return isUse && environment.trim() !== '' ? [{ ms: event.ms, environment }] : [];
    });
    const [{ lane, tenant, keyId }] = ofKey as [ProducedEvent];
    for (const later of uses) {
      const day = Math.floor(later.ms / DAY_MS);
      const meets = uses.some(({ ms, environment }) => {
        const sameDay = Math.floor(ms / DAY_MS) === day;
        if (!sameDay && (ms > later.ms || later.ms - ms > DAY_MS)) return false;
        if (environment === later.environment) return false;
        return !(allowed.has(environment) && allowed.has(later.environment));
      });
      const window = new Date(day * DAY_MS).toISOString().slice(0, 10);
      if (meets) found.add(nameOf(lane, tenant, keyId, window));
    }
  }
  return found;
}

function allowedOf(ofKey: readonly ProducedEvent[]): Set<string> {
  const created = ofKey.findLast(({ what }) => what === 'created');
  if (created === undefined) return new Set();
  const { environment, allowedEnvironments } = created.data;
  const names = [environment, ...((allowedEnvironments ?? []) as unknown[])];
  return new Set(names.filter((name): name is string => typeof name === 'string'));
}
