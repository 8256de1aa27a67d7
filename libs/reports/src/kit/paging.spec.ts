import { describe, expect, it } from '@jest/globals';
import { ReportParamsError } from './params.js';
import { cursorAfter, orderBy, rowsAfter, type OrderColumn } from './paging.js';

const ORDER: OrderColumn[] = [
  { column: 'requests', type: 'UInt64', descending: true },
  { column: 'since', type: 'String', ifNull: '9' },
  { column: 'keyId', type: 'String' },
];

describe('paging', () => {
  it('leaves exactly the rows behind the cursor in the order of the report', () => {
    const cursor = cursorAfter({ requests: 7, since: null, keyId: "it's" }, ORDER, 'usage/key');
    expect(rowsAfter(cursor, ORDER, 'usage/key')).toEqual({
      condition:
        "((requests < {after0:UInt64}) OR (requests = {after0:UInt64} AND ifNull(since, '9') > {after1:String}) OR (requests = {after0:UInt64} AND ifNull(since, '9') = {after1:String} AND keyId > {after2:String}))",
      params: { after0: 7, after1: '9', after2: "it's" },
    });
    expect(orderBy(ORDER)).toBe("requests DESC, ifNull(since, '9'), keyId");
  });

  const encoded = (value: unknown): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  it.each([
    ['of another report', encoded(['rotation-age/key', 7, 'a', 'b'])],
    ['with too few values', encoded(['usage/key', 7, 'a'])],
    ['with a text for a number', encoded(['usage/key', '7', 'a', 'b'])],
    ['with a negative count', encoded(['usage/key', -1, 'a', 'b'])],
    ['with a list for a text', encoded(['usage/key', 7, ['a'], 'b'])],
    ['that is no list', encoded({})],
    ['that is garbage', '!!'],
  ])('refuses a cursor %s', (_, cursor) => {
    expect(() => rowsAfter(cursor, ORDER, 'usage/key')).toThrow(ReportParamsError);
  });
});
