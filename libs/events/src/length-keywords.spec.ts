import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { LENGTH_KEYWORDS } from './length-keywords.js';

function ours(): Ajv {
  const ajv = new Ajv();
  for (const definition of LENGTH_KEYWORDS) {
    ajv.removeKeyword(String(definition.keyword)).addKeyword(definition);
  }
  return ajv;
}

describe('LENGTH_KEYWORDS', () => {
  it.each(['maxLength', 'minLength'])(
    '%s says what AJV says, surrogate pairs included',
    (keyword) => {
      const text = fc.array(fc.constantFrom('a', 'ü', '😀', '\ud800'), { maxLength: 8 });
      for (let limit = 0; limit < 6; limit += 1) {
        const schema = { type: 'string', [keyword]: limit };
        const [found, expected] = [ours().compile(schema), new Ajv().compile(schema)];
        fc.assert(
          fc.property(text, (parts) => {
            const value = parts.join('');
            expect(found(value)).toBe(expected(value));
            expect(found.errors?.[0]?.message).toBe(expected.errors?.[0]?.message);
          }),
        );
      }
    },
  );
});
