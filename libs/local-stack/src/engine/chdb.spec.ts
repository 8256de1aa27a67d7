import { describe, expect, it } from '@jest/globals';
import { engineAvailable, type Host } from './chdb.js';

const host = (changes: Partial<Host>): Host => ({
  platform: 'linux',
  arch: 'x64',
  glibc: true,
  resolve: (name) => name,
  ...changes,
});

describe('where the embedded engine runs', () => {
  it('is Linux with glibc and macOS', () => {
    expect(engineAvailable(host({}))).toEqual({ available: true });
    expect(engineAvailable(host({ platform: 'darwin', arch: 'arm64', glibc: false }))).toEqual({
      available: true,
    });
  });

  it.each([
    [{ platform: 'win32' }, 'WSL 2'],
    [{ glibc: false }, 'musl'],
    [{ arch: 'ppc64' }, 'no binary for linux ppc64'],
  ])('%j: not there, and says why', (changes, reason) => {
    expect(engineAvailable(host(changes))).toEqual({
      available: false,
      reason: expect.stringContaining(reason),
    });
  });

  it('names the package that is missing', () => {
    const resolve = (name: string): string => {
      if (name.startsWith('@chdb/')) throw new Error('not found');
      return name;
    };
    expect(engineAvailable(host({ resolve }))).toEqual({
      available: false,
      reason: expect.stringContaining('@chdb/lib-linux-x64-gnu is not installed'),
    });
  });
});
