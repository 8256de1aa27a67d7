import type { IncomingHttpHeaders } from 'node:http';
import { jsonIn } from '../http/json-body.js';
import { ProblemError } from '../http/problem.js';

/** Events of one request at most; more are 413. */
export const MAX_ITEMS = 1_000;

/**
 * The events in a request: a list for a batch. CloudEvents over HTTP: structured (application/cloudevents+json), batch
 * (application/cloudevents-batch+json), binary (`ce-` headers, data as JSON body); plain JSON with one event or a list
 * is taken, too. Items are unchecked.
 * @throws ProblemError 400 for what is no JSON, 413 for too many
 */
export function eventsInBody(headers: IncomingHttpHeaders, body: Buffer | undefined): unknown[] {
  const json = jsonIn(body, 'one event or a list of events');
  if (headers['ce-specversion'] !== undefined) return [{ ...attributesOf(headers), data: json }];
  const mediaType = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (mediaType === 'application/cloudevents-batch+json' && !Array.isArray(json)) {
    throw new ProblemError(400, 'A batch is a JSON list of events.');
  }
  if (mediaType === 'application/cloudevents+json' && Array.isArray(json)) {
    throw new ProblemError(
      400,
      'application/cloudevents+json is one event; send a list as application/cloudevents-batch+json.',
    );
  }
  const items: unknown[] = Array.isArray(json) ? json : [json];
  if (items.length === 0) throw new ProblemError(400, 'The list holds no event.');
  if (items.length > MAX_ITEMS) {
    throw new ProblemError(
      413,
      `The list holds ${items.length} events; send at most ${MAX_ITEMS} at a time.`,
    );
  }
  return items;
}

/** HTTP header values are percent-encoded (CloudEvents HTTP binding 3.1.3.2). */
function attributesOf(headers: IncomingHttpHeaders): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('ce-') || value === undefined) continue;
    attributes[name.slice(3)] = decoded(Array.isArray(value) ? value.join(',') : value);
  }
  return attributes;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
