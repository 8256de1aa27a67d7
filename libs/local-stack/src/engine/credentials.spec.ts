import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { credentialsFile, loadCredentials, roleOf } from './credentials.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'credentials-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('the passwords of a data folder', () => {
  it('are made once, differ, and only their owner can read them', async () => {
    const made = await loadCredentials(folder);
    expect(made).toMatchObject({ user: 'keywatch', analyst: { user: 'analyst' } });
    expect(made.password).toHaveLength(32);
    expect(made.analyst.password).not.toBe(made.password);
    expect(statSync(credentialsFile(folder)).mode & 0o777).toBe(0o600);
    await expect(loadCredentials(folder)).resolves.toEqual(made);
  });

  it('are closed again to others when somebody opened them', async () => {
    await loadCredentials(folder);
    chmodSync(credentialsFile(folder), 0o644);
    await loadCredentials(folder);
    expect(statSync(credentialsFile(folder)).mode & 0o777).toBe(0o600);
  });

  it.each([
    '',
    'x',
    '{}',
    '{"user":"keywatch","password":"","analyst":{"user":"a","password":"b"}}',
  ])('a damaged file (%s) is named and never taken for no password', async (text) => {
    writeFileSync(credentialsFile(folder), text);
    await expect(loadCredentials(folder)).rejects.toThrow(credentialsFile(folder));
  });

  it('tell who somebody is', async () => {
    const known = await loadCredentials(folder);
    expect(roleOf(known, known)).toBe('owner');
    expect(roleOf(known.analyst, known)).toBe('analyst');
    expect(roleOf({ user: 'keywatch', password: known.analyst.password }, known)).toBeUndefined();
    expect(roleOf({ user: 'keywatch', password: '' }, known)).toBeUndefined();
  });
});
