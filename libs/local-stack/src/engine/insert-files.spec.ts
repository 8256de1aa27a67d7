import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InsertFiles } from './insert-files.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'insert-files-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const inserts = (): string => join(folder, 'inserts');
const read = (literal: string): string => readFileSync(literal.slice(1, -1), 'utf8');

describe('InsertFiles', () => {
  it('gives each insert a file of its own, and uses it again', async () => {
    const files = await InsertFiles.open(inserts());
    const both = await Promise.all([
      files.use(Buffer.from('one'), async (file) => Promise.resolve([file, read(file)])),
      files.use(Buffer.from('two'), async (file) => Promise.resolve([file, read(file)])),
    ]);
    expect(both.map(([, text]) => text)).toEqual(['one', 'two']);
    expect(new Set(both.map(([file]) => file)).size).toBe(2);
    // Shorter than what was in the file before.
    await files.use(Buffer.from('3'), (file) => {
      expect(read(file)).toBe('3');
      return Promise.resolve();
    });
    expect(readdirSync(inserts())).toHaveLength(2);
    await files.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('empties the file when the insert fails, and hands its error on', async () => {
    const files = await InsertFiles.open(inserts());
    const failed = files.use(Buffer.from('data'), () => Promise.reject(new Error('refused')));
    await expect(failed).rejects.toThrow('refused');
    expect(statSync(join(inserts(), '1'))).toMatchObject({ size: 0, mode: 0o100600 });
    await files.close();
  });

  it('removes what a killed engine left', async () => {
    mkdirSync(inserts());
    writeFileSync(join(inserts(), '1'), 'events');
    const files = await InsertFiles.open(inserts());
    expect(readdirSync(inserts())).toEqual([]);
    await files.close();
  });

  it.each(['a*b', 'a?b', '{a,b}'])('refuses a folder that would be a pattern: %s', async (name) => {
    await expect(InsertFiles.open(join(folder, name, 'inserts'))).rejects.toThrow(
      /takes for a pattern; give it a path without \* \? \{ \}/,
    );
  });
});
