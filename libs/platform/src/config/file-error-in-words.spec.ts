import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fileErrorInWords } from './file-error-in-words.js';

const failure = (act: Promise<unknown>): Promise<unknown> =>
  act.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a file that can not be had', () => {
  it('is named, with the folder that a relative path was looked for in', async () => {
    const error = await failure(readFile('nowhere.yaml'));
    expect(fileErrorInWords('nowhere.yaml', error)).toBe(
      `There is no file nowhere.yaml (looked for ${join(process.cwd(), 'nowhere.yaml')}). Is the name right?`,
    );
  });

  it('may be a folder', async () => {
    const folder = tmpdir();
    expect(fileErrorInWords(folder, await failure(readFile(folder)))).toBe(
      `${folder} is a folder; name a file.`,
    );
  });

  it('may have no folder to be written to', async () => {
    const file = join(tmpdir(), 'no-such-folder', 'x.csv');
    expect(fileErrorInWords(file, await failure(writeFile(file, '')), 'written')).toBe(
      `${file} can't be written: its folder does not exist.`,
    );
  });

  it('may be kept from this user', () => {
    const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    expect(fileErrorInWords('/a', denied)).toBe(
      "/a can't be read: this user has no permission to.",
    );
  });
});
