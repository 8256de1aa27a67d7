/** Path segments that name one thing of many: numbers, UUIDs, long hex, long words with digits, addresses. */
const ONE_OF_MANY =
  /^(?:\d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{12,}|(?=[^/]*\d)[\w.~=-]{20,}|[^/@]+@[^/@]+)$/i;

/** Characters of an event's endpoint. */
const MAX_LENGTH = 2048;

/**
 * A request's path as a route: without its query, what names one thing as `{id}`, and the key as `{key}`. So callers
 * can be told apart by what they call, and no key is stored as part of a path.
 */
export function routeOf(target: string, key: string | undefined): string {
  const path = pathOf(target)
    .split('/')
    .map((raw) => {
      const segment = decoded(raw);
      if (key !== undefined && segment.includes(key)) return '{key}';
      return ONE_OF_MANY.test(segment) ? '{id}' : raw;
    })
    .join('/');
  return path.slice(0, MAX_LENGTH);
}

/** The path of a request target; of a proxied one (`http://host/path`) without the host. */
export function pathOf(target: string): string {
  const path = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? '';
  return path === '' ? '/' : path;
}

/** A parameter of the query, decoded; undefined where there is none. */
export function queryParameter(target: string, name: string): string | undefined {
  const at = target.indexOf('?');
  return at === -1 ? undefined : (new URLSearchParams(target.slice(at + 1)).get(name) ?? undefined);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
