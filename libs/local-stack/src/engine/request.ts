import { type IncomingMessage } from 'node:http';
import { type Role, type Credentials, roleOf } from './credentials.js';
import { refuse } from './engine-error.js';

/** Whether a Host header names this server: browsers send a foreign name when a page was rebound to 127.0.0.1. */
export function isOurHost(header: string | undefined, host: string, port: number): boolean {
  const names = new Set([
    '127.0.0.1',
    'localhost',
    '[::1]',
    host.includes(':') ? `[${host}]` : host,
  ]);
  const found = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec((header ?? '').toLowerCase());
  return found !== null && names.has(found[1] ?? '') && Number(found[2] ?? 80) === port;
}

/**
 * Who asks, by the three ways that ClickHouse knows: X-ClickHouse-User and -Key, HTTP Basic, or `user` and `password` in
 * the URL.
 * @throws EngineError 516: 401 when nothing was given, 403 when it is wrong.
 */
export function authenticate(
  headers: IncomingMessage['headers'],
  url: URLSearchParams,
  known: Credentials,
): Role {
  const given = fromHeaders(headers) ?? fromBasic(headers.authorization) ?? fromUrl(url);
  if (given === undefined)
    throw refuse(516, 'Authentication failed: user and password are needed', 401);
  const role = roleOf(given, known);
  if (role === undefined)
    throw refuse(
      516,
      `${given.user.slice(0, 64)}: Authentication failed: password is incorrect, or there is no user with such name`,
    );
  return role;
}

interface Given {
  readonly user: string;
  readonly password: string;
}

function fromHeaders(headers: IncomingMessage['headers']): Given | undefined {
  const user = headers['x-clickhouse-user'];
  const password = headers['x-clickhouse-key'];
  if (user === undefined && password === undefined) return undefined;
  return { user: String(user ?? 'default'), password: String(password ?? '') };
}

function fromBasic(header: string | undefined): Given | undefined {
  const encoded = /^basic\s+(\S+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0
    ? { user: text, password: '' }
    : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function fromUrl(url: URLSearchParams): Given | undefined {
  const user = url.get('user');
  return user === null ? undefined : { user, password: url.get('password') ?? '' };
}
