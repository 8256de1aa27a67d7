import { describe, expect, it } from '@jest/globals';
import { bindParams, changeOfSettings, requestSettings, useDatabase } from './request-settings.js';

describe('what the URL says', () => {
  it('sorts settings, parameters and the interface’s own', () => {
    const url = new URLSearchParams({
      query: 'SELECT 1',
      query_id: 'q',
      database: 'kw',
      default_format: 'CSV',
      enable_http_compression: '1',
      param_id: "a\\'b",
      max_threads: '2',
      insert_deduplication_token: "t/0'\\",
    });
    expect(requestSettings(url)).toEqual({
      settings: new Map([
        ['max_threads', "'2'"],
        ['insert_deduplication_token', "'t/0\\'\\\\'"],
      ]),
      params: new Map([['id', "a\\'b"]]),
      database: 'kw',
      defaultFormat: 'CSV',
    });
  });

  it('refuses names that would become SQL', () => {
    expect(() => requestSettings([['a = 1, b', '2']])).toThrow(
      expect.objectContaining({ code: 62 }),
    );
    expect(() => requestSettings([['param_a = 1', '2']])).toThrow(
      expect.objectContaining({ code: 62 }),
    );
  });

  it('refuses what the engine would silently leave out', () => {
    for (const name of ['session_id', 'role', 'decompress', 'compress'])
      expect(() => requestSettings([[name, 'x']])).toThrow(expect.objectContaining({ code: 48 }));
    expect(requestSettings([['decompress', '0']]).settings.size).toBe(0);
    expect(requestSettings([['compress', '0']]).settings.size).toBe(0);
  });
});

describe('the settings of a connection', () => {
  const map = (settings: Record<string, string>): Map<string, string> =>
    new Map(Object.entries(settings));

  it('change to what is wanted, and back to the default where nothing is wanted', () => {
    expect(changeOfSettings(map({ a: '1', b: '2' }), map({ b: '3', c: '4' }))).toBe(
      'SET b = 3, c = 4, a = DEFAULT',
    );
    expect(changeOfSettings(map({ a: '1' }), map({ a: '1' }))).toBeUndefined();
  });

  it('quotes values and names so that nothing gets out', () => {
    expect(bindParams(map({ x: "a\\'b" }))).toBe("SET param_x = 'a\\\\\\'b'");
    expect(bindParams(map({}))).toBeUndefined();
    expect(useDatabase('a`\\b')).toBe('USE `a\\`\\\\b`');
  });
});
