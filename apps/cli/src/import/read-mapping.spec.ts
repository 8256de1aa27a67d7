import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { sourceKindNamed } from '@keywatch/sources';
import { parse } from 'yaml';

const PAGE = fileURLToPath(new URL('../../../../docs/sources.md', import.meta.url));
const examples = [...readFileSync(PAGE, 'utf8').matchAll(/```yaml (\S+)\n(.*?)```/gs)];

describe('the mappings in the documentation', () => {
  it('are one for each source that can have one', () => {
    expect(examples.map(([, name]) => name)).toEqual([
      'jsonl',
      'access-log',
      'github-secret-scanning',
    ]);
  });

  it.each(examples.map(([, name = '', text = '']) => [name, text]))(
    'can be used: %s',
    (name, text) => {
      expect(sourceKindNamed(name)?.open(parse(text)).name).toBe(name);
    },
  );
});
