import { describe, expect, it } from '@jest/globals';
import { logNumber, parsePart, repairOf } from './deduplication-log.js';

const parts = (...names: string[]): NonNullable<ReturnType<typeof parsePart>>[] =>
  names.flatMap((name) => parsePart(name) ?? []);
const add = (part: string, id = 'id'): string => `1\t${part}\t${id}\n`;
const drop = (part: string): string => `2\t${part}\tid\n`;
const repaired = (log: string, ...names: string[]): string => {
  const bytes = Buffer.from(log);
  const cut = repairOf(bytes, parts(...names));
  return bytes.subarray(0, cut?.keep ?? bytes.length).toString();
};

describe('names of parts', () => {
  it('tell partition and blocks, also after a mutation', () => {
    expect(parsePart('202411_5_9_1')).toEqual({ partition: '202411', first: 5, last: 9 });
    expect(parsePart('202411_5_5_0_9')).toEqual({ partition: '202411', first: 5, last: 5 });
    expect(parsePart('all_1_1_0')).toEqual({ partition: 'all', first: 1, last: 1 });
    expect(parsePart('1-2_3_4_1')).toEqual({ partition: '1-2', first: 3, last: 4 });
  });

  it.each([
    'tmp_insert_202411_5_5_0',
    'tmp_merge_202411_1_5_1',
    'delete_tmp_202411_1_1_0',
    'detached',
    'deduplication_logs',
    'format_version.txt',
  ])('%s is no part', (name) => {
    expect(parsePart(name)).toBeUndefined();
  });
});

describe('the repair of a deduplication log', () => {
  const one = add('202411_1_1_0');
  const two = add('202411_2_2_0');

  it('leaves a sound log alone', () => {
    expect(repairOf(Buffer.from(one + two), parts('202411_1_1_0', '202411_2_2_0'))).toBeUndefined();
    expect(repairOf(Buffer.from(''), [])).toBeUndefined();
  });

  it('drops the last record when its part was never renamed into place', () => {
    expect(repaired(one + two, '202411_1_1_0')).toBe(one);
    expect(repaired(one)).toBe('');
  });

  it('takes a merged or mutated part for the ones it was made of', () => {
    expect(repaired(one + two, '202411_1_2_1')).toBe(one + two);
    expect(repaired(one + two, '202411_1_2_1_7')).toBe(one + two);
  });

  it('is not fooled by the same blocks of another partition', () => {
    expect(repaired(one + two, '202411_1_1_0', '202412_2_2_0')).toBe(one);
  });

  it('is not fooled by a mutation number that looks like a block', () => {
    // Read greedily, 202411_2_2_0_9 would be blocks 2 to 0 of a partition "202411_2".
    expect(repaired(one + two, '202411_1_1_0', '202411_2_2_0_9')).toBe(one + two);
  });

  it('drops all ids of the part that is missing, and nothing before it', () => {
    const log = one + add('202411_3_3_0', 'x') + add('202411_3_3_0', 'y');
    expect(repaired(log, '202411_1_1_0')).toBe(one);
    // The part before was dropped for age: its record is not the kill's.
    expect(repaired(add('202410_1_1_0') + two)).toBe(add('202410_1_1_0'));
  });

  it('keeps a record of dropping a part', () => {
    expect(repaired(one + drop('202411_1_1_0'))).toBe(one + drop('202411_1_1_0'));
  });

  it('drops a torn line, and a record without a part before it', () => {
    expect(repaired(`${one}1\t2024`, '202411_1_1_0')).toBe(one);
    expect(repaired(`${one}${two}1\t2024`, '202411_1_1_0')).toBe(one);
    expect(repaired('1\t2024')).toBe('');
    expect(repairOf(Buffer.from(`${one}1\t2024`), parts('202411_1_1_0'))?.dropped).toEqual([
      '1\t2024',
    ]);
  });

  it('leaves what it does not understand to the engine', () => {
    expect(repaired('nonsense\n')).toBe('nonsense\n');
    expect(repaired('\n')).toBe('\n');
  });

  it('knows the order of the files', () => {
    expect(logNumber('deduplication_log_12.txt')).toBe(12);
    expect(logNumber('deduplication_log_12.txt.tmp')).toBeUndefined();
  });
});
