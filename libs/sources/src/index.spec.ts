import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { MappingError, SOURCE_KINDS, sourceKindNamed } from './index.js';

/** Files whose log goes by a shorter name. */
const NAMES: Readonly<Record<string, string>> = { 'json-lines': 'jsonl' };

describe('SOURCE_KINDS', () => {
  it('lists every source file under its own name', () => {
    const files = readdirSync(new URL('.', import.meta.url), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.source.ts'))
      .map((file) => basename(file, '.source.ts'))
      .map((name) => NAMES[name] ?? name);
    expect(SOURCE_KINDS.map(({ name }) => name).sort()).toEqual(files.sort());
  });

  it('finds a source by its name only', () => {
    expect(sourceKindNamed('cloudtrail')?.name).toBe('cloudtrail');
    expect(sourceKindNamed('toString')).toBeUndefined();
  });

  it('takes no mapping where a log knows where everything is', () => {
    expect(() => sourceKindNamed('cloudtrail')?.open({ key: '/k' })).toThrow(MappingError);
    expect(sourceKindNamed('cloudtrail')?.open().name).toBe('cloudtrail');
  });
});
