import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { repairTables } from './repair.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'repair-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const one = '1\t202411_1_1_0\tid\n';
const two = '1\t202411_2_2_0\tid\n';

/** A table's folder with these parts and logs. */
function table(place: string, folders: string[], logs: Record<string, string>): string {
  const path = join(folder, place);
  mkdirSync(join(path, 'deduplication_logs'), { recursive: true });
  for (const name of folders) mkdirSync(join(path, name));
  for (const [name, text] of Object.entries(logs))
    writeFileSync(join(path, 'deduplication_logs', name), text);
  return path;
}
const logOf = (path: string, number: number): string =>
  readFileSync(join(path, 'deduplication_logs', `deduplication_log_${number}.txt`), 'utf8');

describe('the repair of a data folder', () => {
  it('does nothing to a folder that is new or has nothing to repair', () => {
    expect(repairTables(join(folder, 'missing'))).toEqual([]);
    table('store/abc/sound', ['202411_1_1_0'], { 'deduplication_log_1.txt': one });
    mkdirSync(join(folder, 'store/abc/plain/all_1_1_0'), { recursive: true });
    writeFileSync(join(folder, 'store/file'), '');
    expect(repairTables(folder)).toEqual([]);
  });

  it('repairs every table, of both kinds of database, and says what it dropped', () => {
    const atomic = table('store/abc/t1', ['202411_1_1_0', 'tmp_insert_202411_2_2_0', 'detached'], {
      'deduplication_log_1.txt': one + two,
    });
    const ordinary = table('data/kw/t2', [], { 'deduplication_log_1.txt': one });
    expect(repairTables(folder)).toEqual([
      {
        file: join(atomic, 'deduplication_logs', 'deduplication_log_1.txt'),
        dropped: ['1\t202411_2_2_0\tid'],
      },
      {
        file: join(ordinary, 'deduplication_logs', 'deduplication_log_1.txt'),
        dropped: ['1\t202411_1_1_0\tid'],
      },
    ]);
    expect(logOf(atomic, 1)).toBe(one);
    expect(logOf(ordinary, 1)).toBe('');
    expect(repairTables(folder)).toEqual([]);
  });

  it('looks at the newest file with records: a rotation leaves the next one empty', () => {
    const path = table('store/abc/t', ['202411_1_1_0'], {
      'deduplication_log_9.txt': '1\t202410_9_9_0\told\n',
      'deduplication_log_10.txt': one + two,
      'deduplication_log_11.txt': '',
      'notes.txt': 'x',
    });
    expect(repairTables(folder)).toHaveLength(1);
    expect(logOf(path, 10)).toBe(one);
    expect(logOf(path, 9)).toBe('1\t202410_9_9_0\told\n');
  });

  it('leaves earlier files alone when the newest is sound', () => {
    const path = table('store/abc/t', ['202411_2_2_0'], {
      'deduplication_log_1.txt': one,
      'deduplication_log_2.txt': two,
    });
    expect(repairTables(folder)).toEqual([]);
    expect(logOf(path, 1)).toBe(one);
  });

  it('visits a table once, though data/ links to store/', () => {
    table('store/abc/t', [], { 'deduplication_log_1.txt': one });
    mkdirSync(join(folder, 'data/kw'), { recursive: true });
    symlinkSync(join(folder, 'store/abc/t'), join(folder, 'data/kw/t'));
    expect(repairTables(folder)).toHaveLength(1);
  });

  it('does not take a file with the name of a part for the part', () => {
    const path = table('store/abc/t', [], { 'deduplication_log_1.txt': one });
    writeFileSync(join(path, '202411_1_1_0'), '');
    expect(repairTables(folder)).toHaveLength(1);
  });
});
