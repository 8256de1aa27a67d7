import { randomUUID } from 'node:crypto';
import type { ApiClient } from '../api/api-client.js';
import { say } from '../output/say.js';
import { printable } from '../output/table.js';
import type { AlertAnswer, Recorded } from './answers.js';
import { untilStored } from './until-stored.js';

/** As the API calls them. */
export type Verb = 'acknowledge' | 'resolve' | 'reopen' | 'comment';

interface Deed extends Recorded {
  readonly alertId: string;
  readonly eventId: string | null;
}

export const alertAt = (api: ApiClient, id: string): Promise<AlertAnswer> =>
  api.one<AlertAnswer>(`/api/v1/alerts/${encodeURIComponent(id)}`);

/**
 * Does the same about several alerts, and says of each what it is then. Nothing is done unless all of them are found.
 * @throws ApiError; CommandError where it takes long until it is stored
 */
export async function actOn(
  api: ApiClient,
  ids: readonly string[],
  verb: Verb,
  { by, why }: { readonly by: string; readonly why: string },
  limitMs?: number,
): Promise<void> {
  const found = new Set<string>();
  for (const id of ids) found.add((await alertAt(api, id)).alert.alertId);
  const deeds: Deed[] = [];
  for (const alertId of found) {
    const body = { by, why, id: randomUUID() };
    deeds.push(await api.post<Deed>(`/api/v1/alerts/${alertId}/${verb}`, body));
  }
  for (const { alertId, recorded, eventId, detail } of deeds) {
    if (!recorded) {
      say(`${alertId.slice(0, 8)}  Nothing to do: ${printable(detail)}`);
      continue;
    }
    const stored = await untilStored(async () => {
      const answer = await alertAt(api, alertId);
      return answer.actions.some(({ id }) => id === eventId) ? answer : undefined;
    }, limitMs);
    say(printable(outcome(stored, verb, by)));
  }
}

function outcome({ alert, shortId }: AlertAnswer, verb: Verb, by: string): string {
  const { rule, keyId, tenantId, status } = alert;
  const what = `${shortId}  ${rule} on ${keyId} of ${tenantId}`;
  return verb === 'comment' ? `${what}: comment of ${by} added` : `${what} is ${status} (${by})`;
}
