import { describe, expect, it } from '@jest/globals';
import { printable, table } from './table.js';

describe('a table', () => {
  it('puts numbers to the right and text to the left, with no blanks at the end of a line', () => {
    const text = table(
      ['KEY', 'REQUESTS'],
      [
        ['k1', 7],
        ['key-2', 1234567],
      ],
      undefined,
    );
    expect(text.split('\n')).toEqual(['KEY     REQUESTS', 'k1             7', 'key-2  1,234,567']);
  });

  it('leaves a cell empty where nothing is known, and rounds what is no whole number', () => {
    const text = table(['A', 'B', 'C'], [[null, undefined, 1.25]], undefined);
    expect(text.split('\n')[1]?.trim()).toBe('1.3');
  });

  it('counts wide characters as two columns, so that columns stay in line', () => {
    const lines = table(
      ['OWNER', 'N'],
      [
        ['漢字', 1],
        ['ab', 2],
      ],
      undefined,
    ).split('\n');
    expect(lines).toEqual(['OWNER  N', '漢字   1', 'ab     2']);
  });

  it('shows no control character of a hostile user agent', () => {
    const text = table(['AGENT'], [['\u001b[2J\u001b[31mcurl\r\nfaked line\u202e']], undefined);
    expect(text).toBe('AGENT\n�[2J�[31mcurl��faked line�');
  });

  it('wraps the longest text at the width of the terminal and keeps every word', () => {
    const sentence = 'The key was used in production and in staging within one day of its creation';
    const text = table(['RULE', 'WHAT HAPPENED'], [['multi', sentence]], 50);
    const lines = text.split('\n');
    expect(lines.length).toBeGreaterThan(2);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(50);
    expect(text.replace(/\s+/g, ' ')).toContain(sentence);
  });

  it('leaves out columns from the right that have no room, and names them', () => {
    const head = ['KEY', 'FIRST USED', 'AGENTS', 'ENDPOINTS'];
    const text = table(head, [['key-1', '2026-11-24 12:00:00', 1, 2]], 30);
    expect(text.split('\n')).toEqual([
      'KEY    FIRST USED',
      'key-1  2026-11-24 12:00:00',
      '(No room here for AGENTS, ENDPOINTS; --format csv and json have all.)',
    ]);
  });

  it('shows the first column even where nothing has room', () => {
    expect(table(['KEY', 'N'], [['a-long-key-name', 1]], 5)).toContain('a-long-key-name');
  });
});

describe('printable', () => {
  it.each([
    ['an escape', '\u001b'],
    ['a bell', '\u0007'],
    ['a carriage return', '\r'],
    ['a C1 control', '\u009b'],
    ['a line separator', '\u2028'],
    ['a right-to-left override', '\u202e'],
    ['an isolate', '\u2066'],
  ])('replaces %s', (_, character) => {
    expect(printable(`a${character}b`)).toBe('a\uFFFDb');
  });

  it('leaves letters of any script and emoji as they are', () => {
    expect(printable('naïve 漢字 עברית 🔑')).toBe('naïve 漢字 עברית 🔑');
  });
});
