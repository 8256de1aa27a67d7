import type { AlertEvent } from '@keywatch/events';
import { z } from 'zod';
import type { SweepQuery } from '../sweep.js';
import type { DetectionException, ExceptionFacts } from './exceptions.js';
import { isNetwork } from './networks.js';

/** What the latest creation of each key said. */
const CREATIONS = `
SELECT tenant_id, key_id,
    argMax(JSONExtract(data, 'tags', 'Array(String)'), (filed_time, event_id)) AS tags,
    argMax(JSONExtractString(data, 'environment'), (filed_time, event_id)) AS environment,
    argMax([JSONExtractString(data, 'owner', 'id'), JSONExtractString(data, 'owner', 'email'),
        JSONExtractString(data, 'owner', 'team')], (filed_time, event_id)) AS owners
FROM {{database}}.key_events
WHERE type = 'keywatch.key.created.v1'
    AND (tenant_id, key_id) IN (SELECT arrayJoin(arrayZip({tenants:Array(String)}, {keys:Array(String)})))
GROUP BY tenant_id, key_id`;

const CREATION = z.object({
  tenant_id: z.string(),
  key_id: z.string(),
  tags: z.array(z.string()),
  environment: z.string(),
  owners: z.array(z.string()),
});
type Creation = z.output<typeof CREATION>;

/** Keys of one question: parameters travel in the address of the request, which has a bound. */
const KEYS_AT_ONCE = 500;

/**
 * What exceptions are compared with, for each alert of a sweep: what it says itself and, where an exception asks for
 * it, what the creation of its key said.
 */
export async function factsOfAlerts(
  alerts: readonly AlertEvent[],
  exceptions: readonly DetectionException[],
  asOfMs: number,
  ask: (query: SweepQuery) => Promise<readonly unknown[]>,
): Promise<(alert: AlertEvent) => ExceptionFacts> {
  const asks = exceptions.some(({ owners, tags, environments }) =>
    [owners, tags, environments].some((list) => list !== undefined),
  );
  const creations = asks ? await creationsOf(alerts, ask) : new Map<string, Creation>();
  return ({ alert }) => {
    const creation = creations.get(JSON.stringify([alert.tenantId, alert.keyId]));
    const { owner, evidence } = alert;
    return {
      tenantId: alert.tenantId,
      keyId: alert.keyId,
      atMs: asOfMs,
      owners: known([owner?.id, owner?.email, owner?.team, ...(creation?.owners ?? [])]),
      tags: creation?.tags ?? [],
      environments: known([creation?.environment]),
      // A sweep that is about an address names it as the key of the alert, or among the facts.
      addresses: [alert.keyId, ...Object.values(evidence.facts)].filter(
        (fact): fact is string => typeof fact === 'string' && isNetwork(fact),
      ),
    };
  };
}

async function creationsOf(
  alerts: readonly AlertEvent[],
  ask: (query: SweepQuery) => Promise<readonly unknown[]>,
): Promise<Map<string, Creation>> {
  const names = new Set(alerts.map(({ alert }) => JSON.stringify([alert.tenantId, alert.keyId])));
  const keys = [...names].map((name) => JSON.parse(name) as [string, string]);
  const creations = new Map<string, Creation>();
  for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
    const some = keys.slice(at, at + KEYS_AT_ONCE);
    const rows = await ask({
      query: CREATIONS,
      params: { tenants: some.map(([tenant]) => tenant), keys: some.map(([, key]) => key) },
    });
    for (const row of rows) {
      const creation = CREATION.parse(row);
      creations.set(JSON.stringify([creation.tenant_id, creation.key_id]), creation);
    }
  }
  return creations;
}

function known(texts: readonly (string | undefined)[]): string[] {
  return texts.filter((text) => text !== undefined && text !== '') as string[];
}
