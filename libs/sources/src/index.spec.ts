import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { SOURCES, sourceNamed } from './index.js';

describe('SOURCES', () => {
  it('lists every source file under its own name', () => {
    const files = readdirSync(new URL('.', import.meta.url))
      .filter((file) => file.endsWith('.source.ts'))
      .map((file) => file.replace('.source.ts', ''));
    expect(SOURCES.map(({ name }) => name).sort()).toEqual(files.sort());
  });

  it('finds a source by its name only', () => {
    expect(sourceNamed('cloudtrail')?.name).toBe('cloudtrail');
    expect(sourceNamed('toString')).toBeUndefined();
  });
});
