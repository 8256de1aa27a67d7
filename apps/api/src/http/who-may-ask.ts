import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { SettingsError } from '@keywatch/platform';

/** Whether an address to listen on can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** @throws SettingsError that names the fix, where everybody could ask anything. */
export function refuseOpenHost(host: string, token: string | undefined): void {
  if (!isLoopback(host) && token === undefined) {
    throw new SettingsError([
      `KEYWATCH_HTTP_HOST is ${host}, which others can reach: set KEYWATCH_API_TOKEN to a secret of at least 16 characters, or listen on 127.0.0.1.`,
    ]);
  }
}

const HOST = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::([0-9]{1,5}))?$/;

/**
 * Whether a Host header names this machine and our port. A page whose name was re-bound to 127.0.0.1 (DNS rebinding)
 * sends its own name.
 */
export function isOurHost(header: string | undefined, port: number): boolean {
  const found = HOST.exec((header ?? '').toLowerCase());
  const name = found?.[1] ?? '';
  const named = name === 'localhost' || name === '[::1]' || isLoopback(name);
  return named && Number(found?.[2] ?? 80) === port;
}

/** Whether a page of another site sends this. Browsers name the page's origin on everything but plain reading. */
export function isForeignOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return false;
  try {
    return new URL(origin).host !== (host ?? '').toLowerCase();
  } catch {
    return true;
  }
}

/** Compares a bearer token in constant time, whatever its length. */
export class TokenCheck {
  private readonly digest: Buffer;

  constructor(token: string) {
    this.digest = sha256(token);
  }

  accepts(authorization: string | undefined): boolean {
    const given = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    return timingSafeEqual(sha256(given ?? ''), this.digest) && given !== undefined;
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
