import { DEFAULT_TENANT, REQUEST_MADE, type KeyEventData } from '@keywatch/events';
import { textAt, withoutUndefined } from '../members.js';
import { keyName } from '../settings/key-name.js';
import { checkedMapping } from '../settings/mapping-error.js';
import { Repeats } from '../settings/repeats.js';
import type { Source, SourceKind, SourceOptions, SourceOutcome } from '../source.js';
import { accessLogLine, type AccessLogLine } from './access-log-line.js';
import { accessLogMapping, type AccessLogMapping } from './access-log-mapping.js';
import { pathOf, queryParameter, routeOf } from './route.js';

/**
 * Access logs of Apache, nginx and whatever writes as they do, one request a line. The key is where the mapping says:
 * it is taken for a secret and named by its hash unless the mapping calls it, or its first characters, public. The
 * query, the referer and the user are never stored.
 */
export const accessLogKind: SourceKind = {
  name: 'access-log',
  mapping: 'needed',
  open(given): Source<string> {
    const mapping = checkedMapping(accessLogMapping, given);
    const ids = new Repeats(mapping.equalLines);
    return {
      name: 'access-log',
      reads: 'lines',
      events: (text, options) => eventOf(text, mapping, ids, options),
    };
  },
};

function eventOf(
  text: string,
  mapping: AccessLogMapping,
  ids: Repeats,
  { lane, tenantId }: SourceOptions,
): SourceOutcome {
  const line = accessLogLine(text);
  if (typeof line === 'string') return { rejected: 'not-an-access-log-line', error: line };
  const found = keyIn(line, mapping);
  if (found === undefined) return { events: [], skipped: 'no-key' };
  const data = withoutUndefined<KeyEventData<typeof REQUEST_MADE>>({
    environment: mapping.environment,
    sourceIp: textAt(line, 256, 'host'),
    userAgent: textAt({ text: withoutKey(line.userAgent, found.hide) }, 4096, 'text'),
    method: line.request?.method,
    endpoint:
      line.request === undefined
        ? undefined
        : textAt({ text: routeOf(line.request.target, found.hide) }, 2048, 'text'),
    status: line.status,
    bytesOut: line.bytes !== undefined && Number.isSafeInteger(line.bytes) ? line.bytes : undefined,
  });
  const event = {
    id: ids.idOf(text),
    source: mapping.source,
    type: REQUEST_MADE,
    subject: found.name,
    time: line.time,
    tenantid: mapping.tenant ?? tenantId ?? DEFAULT_TENANT,
    lane,
    data,
  } as const;
  return { events: [event] };
}

/** The key's public name, and what must not be stored where else it stands in the line. */
function keyIn(
  line: AccessLogLine,
  { key }: AccessLogMapping,
): { readonly name: string; readonly hide: string | undefined } | undefined {
  const place = placeOf(line, key);
  if (place === undefined || place === '') return undefined;
  const match = key.pattern === undefined ? [place] : key.pattern.exec(place);
  const found = match?.[1] ?? match?.[0];
  if (found === undefined || found === '') return undefined;
  const name = keyName(found, { as: key.as, length: key.length }, 'hash');
  if (name === undefined) return undefined;
  // Beside a public part a secret one may stand, in the same word.
  const hides = name !== found || key.from === 'path' || key.from === 'user-agent';
  return { name, hide: hides ? found : undefined };
}

/** The words of a user agent without those that hold the key. */
function withoutKey(text: string | undefined, key: string | undefined): string | undefined {
  if (text === undefined || key === undefined || !text.includes(key)) return text;
  return text
    .split(' ')
    .map((word) => (key.includes(' ') ? word : word.includes(key) ? '[key]' : word))
    .join(' ')
    .replaceAll(key, '[key]');
}

function placeOf(line: AccessLogLine, key: AccessLogMapping['key']): string | undefined {
  const target = line.request?.target;
  switch (key.from) {
    case 'query':
      return target === undefined ? undefined : queryParameter(target, key.name ?? '');
    case 'path':
      return target === undefined ? undefined : decodedPath(target);
    case 'user':
      return line.user;
    case 'user-agent':
      return line.userAgent;
    case 'referer':
      return line.referer;
    case 'field': {
      const value = line.more[(key.field ?? 1) - 1];
      return value === '-' ? undefined : value;
    }
  }
}

function decodedPath(target: string): string {
  try {
    return decodeURIComponent(pathOf(target));
  } catch {
    return pathOf(target);
  }
}
