import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from '@jest/globals';
import {
  checkLiteralHost,
  ForbiddenAddressError,
  guardedLookup,
  isPublicAddress,
} from './address-guard.js';

describe('isPublicAddress', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    'not-an-address',
  ])('refuses %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '::ffff:8.8.8.8'])(
    'takes %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe('checkLiteralHost', () => {
  it.each(['http://127.0.0.1/x', 'http://[::1]:9/x', 'http://0x7f.1/x', 'http://2130706433/x'])(
    'refuses %s',
    (url) => {
      expect(() => {
        checkLiteralHost(new URL(url));
      }).toThrow(ForbiddenAddressError);
    },
  );

  it('leaves names to the lookup', () => {
    expect(() => {
      checkLiteralHost(new URL('https://hooks.example.com/x'));
    }).not.toThrow();
  });
});

describe('guardedLookup', () => {
  const answering = (addresses: LookupAddress[], error: Error | null = null) =>
    guardedLookup(((
      _host: string,
      _options: object,
      callback: (e: Error | null, a: LookupAddress[]) => void,
    ) => {
      callback(error, addresses);
    }) as never);
  const ask = (lookup: ReturnType<typeof guardedLookup>, all: boolean): Promise<unknown> =>
    new Promise((resolve) => {
      lookup('hooks.example.com', { all }, (error, address) => {
        resolve(error ?? address);
      });
    });
  const open = { address: '8.8.8.8', family: 4 };

  it('refuses a name when any of its addresses is private', async () => {
    const answer = await ask(answering([open, { address: '10.0.0.7', family: 4 }]), true);
    expect(answer).toBeInstanceOf(ForbiddenAddressError);
    expect((answer as Error).message).toContain('10.0.0.7 (hooks.example.com)');
  });

  it('gives public addresses, in both forms of the call, and passes errors on', async () => {
    expect(await ask(answering([open]), true)).toEqual([open]);
    expect(await ask(answering([open]), false)).toBe('8.8.8.8');
    expect(await ask(answering([], new Error('ENOTFOUND')), true)).toEqual(new Error('ENOTFOUND'));
  });
});
