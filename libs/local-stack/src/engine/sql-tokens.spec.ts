import { describe, expect, it } from '@jest/globals';
import { nameOf, tokens } from './sql-tokens.js';

const of = (sql: string): string[] => [...tokens(sql)].map(({ kind, text }) => `${kind} ${text}`);

describe('tokens of ClickHouse SQL', () => {
  it('sees words, names, strings, numbers and symbols, and no comments', () => {
    expect(of("SELECT a, `b c` /* x */ FROM \"t\" -- it's\nWHERE d = 'e' AND f < 1.5e3")).toEqual([
      'word SELECT',
      'word a',
      'symbol ,',
      'quotedName `b c`',
      'word FROM',
      'quotedName "t"',
      'word WHERE',
      'word d',
      'symbol =',
      "string 'e'",
      'word AND',
      'word f',
      'symbol <',
      'number 1.5e3',
    ]);
  });

  it.each([
    ["'it''s'", "string 'it''s'"],
    ["'it\\'s'", "string 'it\\'s'"],
    ["'\\\\'", "string '\\\\'"],
    ['`a``b`', 'quotedName `a``b`'],
    ['$x$ it\'s "$x$', 'string $x$ it\'s "$x$'],
    ["x'4142'", "string x'4142'"],
  ])('reads %s to its end', (sql, token) => {
    expect(of(`${sql}, 1`)).toEqual([token, 'symbol ,', 'number 1']);
  });

  it('does not guess where the engine may see something else', () => {
    expect(of('‘a’')).toContain('unclear ‘');
    expect(of('/* a /* b */ c */ d')).toEqual(['unclear /* a /* b */ c */', 'word d']);
    expect(of("'open")).toEqual(["unclear 'open"]);
    expect(of('/* open')).toEqual(['unclear /* open']);
    expect(of('a\u00a0b')).toEqual(['word a', 'unclear \u00a0', 'word b']);
    expect(of('$a$ open')).toEqual(['unclear $a$ open']);
  });

  it('knows the name that a quoted one stands for', () => {
    expect([...tokens('`fi``l\\`e` "x" y')].map(nameOf)).toEqual(['fi`l`e', 'x', 'y']);
  });
});
