import { logTime } from '../settings/log-time.js';

/** A line of an access log in the Common or Combined Log Format; what is `-` in it is missing. */
export interface AccessLogLine {
  readonly host: string;
  readonly user?: string;
  /** RFC 3339. */
  readonly time: string;
  /** Missing where the client sent no HTTP request. */
  readonly request?: { readonly method: string; readonly target: string };
  readonly status: number;
  /** Body bytes sent. */
  readonly bytes?: number;
  readonly referer?: string;
  readonly userAgent?: string;
  /** Quoted fields behind the combined ones, from 1: what a server's own format adds. */
  readonly more: readonly string[];
}

/** A virtual host that comes first: with its port (`vhost_combined`), or before what is plainly an address. */
const VIRTUAL_HOST = /^[\w.-]+(?::\d+ | (?=(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]*:[\da-f:.]*) ))/i;
/** Quoted fields hold escaped quotes; behind a proxy the host may be a list, of which the first is the client. */
const LINE =
  /^([^\s,]+)(?:, ?[^\s,]+)*,? \S+ (.+?) \[([^\]]{20,40})\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-)((?: .*)?)$/s;
const QUOTED = /"((?:[^"\\]|\\.)*)"|(\S+)/gs;
const REQUEST = /^([A-Z]{1,32}) (.+?)(?: HTTP\/\d(?:\.\d)?)?$/s;

/** Reads a line; a sentence where it is none, without what stands in it. */
export function accessLogLine(text: string): AccessLogLine | string {
  const match = LINE.exec(text.replace(VIRTUAL_HOST, ''));
  if (match === null) {
    return 'the line is neither in the Common nor in the Combined Log Format: host - user [time] "request" status bytes ...';
  }
  const [, host = '', user = '', at = '', requested = '', status, bytes = '', rest = ''] = match;
  const time = logTime(at, 'clf');
  if (time === undefined) return 'the time is not written as [10/Oct/2000:13:55:36 -0700]';
  const request = REQUEST.exec(unescaped(requested));
  const [referer, userAgent, ...more] = [...rest.matchAll(QUOTED)].map(([, quoted, bare = '']) =>
    unescaped(quoted ?? bare),
  );
  return {
    host,
    ...present('user', user),
    time,
    ...(request === null
      ? {}
      : { request: { method: request[1] ?? '', target: request[2] ?? '' } }),
    status: Number(status),
    ...(bytes === '-' ? {} : { bytes: Number(bytes) }),
    ...present('referer', referer),
    ...present('userAgent', userAgent),
    more,
  };
}

function present<K extends string>(
  name: K,
  value: string | undefined,
): Partial<Readonly<Record<K, string>>> {
  return value === undefined || value === '-' || value === ''
    ? {}
    : ({ [name]: value } as Record<K, string>);
}

/** Apache writes `\"`, `\\`, `\t` and `\xhh`, nginx `\xHH`: each the byte of a text in UTF-8. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /((?:\\x[0-9a-fA-F]{2})+)|\\(.)/gs,
    (_, bytes: string | undefined, plain: string) =>
      bytes === undefined
        ? (({ n: '\n', r: '\r', t: '\t' } as Record<string, string>)[plain] ?? plain)
        : Buffer.from(bytes.replaceAll('\\x', ''), 'hex').toString('utf8'),
  );
}
