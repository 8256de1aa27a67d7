import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import type { ReadOptions, ReadRecord } from './read-record.js';
import { readRecords } from './read-records.js';

const A = { eventID: 'a', text: 'ä€😀' };
const B = { eventID: 'b', text: 'line\nfeed' };

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

function read(
  input: string | Uint8Array,
  { size = 1, ...options }: ReadOptions & { size?: number } = {},
): Promise<ReadRecord[]> {
  const bytes = typeof input === 'string' ? Buffer.from(input) : input;
  return collect(readRecords(chunked(bytes, size), options));
}

const json = JSON.stringify;

describe('readRecords', () => {
  const lines = `${json(A)}\n${json(B)}\n`;
  const inLines = [
    { line: 1, record: A },
    { line: 2, record: B },
  ];
  const at = (...places: readonly (readonly [line: number, item?: number])[]): ReadRecord[] =>
    places.map(([line, item], index) => ({
      line,
      ...(item === undefined ? {} : { item }),
      record: index === 0 ? A : B,
    }));
  const inList = at([1, 1], [1, 2]);
  const values = (...all: readonly unknown[]): ReadRecord[] =>
    all.map((record, index) => ({ line: 1, item: index + 1, record }));
  const utf16 = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le');

  it.each([
    ['one record a line', lines, inLines],
    ['without a last line feed', lines.trimEnd(), inLines],
    ['with carriage returns', lines.replaceAll('\n', '\r\n'), inLines],
    ['with a byte order mark', `\uFEFF${lines}`, inLines],
    ['a list', json([A, B]), inList],
    ['a list over many lines', json([A, B], null, 2), at([2, 1], [6, 2])],
    ['a list, one record a line', `[${json(A)},\n${json(B)}]\n`, at([1, 1], [2, 2])],
    ['a CloudTrail file', json({ Records: [A, B] }), inList],
    ['a CloudTrail file over many lines', json({ Records: [A, B] }, null, 2), at([3, 1], [7, 2])],
    [
      'a CloudTrail file broken after the bracket',
      `{"Records":[\n${json(A)},${json(B)}]}`,
      at([2, 1], [2, 2]),
    ],
    [
      'a list that is not the first member',
      json({ next: ['x'], Records: [A, B], more: [{}] }, null, 1),
      at([6, 1], [10, 2]),
    ],
    [
      'CloudTrail files joined end to end',
      json({ Records: [A, B] }).repeat(2),
      [...inList, ...inList],
    ],
    ['pages of lists', `${json([A])}${json([B])}`, at([1, 1], [1, 1])],
    ['objects over many lines', `${json(A, null, 2)}\n${json(B, null, 2)}`, at([1], [5])],
    ['records with a comma between', `${json(A)},\n${json(B)}`, at([1], [2])],
    ['UTF-16, as PowerShell writes it', utf16(lines), inLines],
    ['numbers and words in a list', ' [1 ,"a]", null]', values(1, 'a]', null)],
    ['a single object over many lines', json(A, null, 2), [{ line: 1, record: A }]],
    ['an empty list', '[]', []],
    ['nothing', '', []],
    ['a single byte', '7', [{ line: 1, record: 7 }]],
  ])('reads %s, plain and gzip, cut anywhere', async (_form, text, records) => {
    for (const size of [1, 3, 1000]) {
      expect(await read(text, { size })).toEqual(records);
      expect(await read(gzipSync(text), { size })).toEqual(records);
      expect(await read(text, { size, wholeLine: 1 })).toEqual(records);
    }
  });

  it('reads CloudTrail files, one a line', async () => {
    expect(await read(`${json({ Records: [A] })}\n${json({ Records: [B] })}`)).toEqual([
      { line: 1, item: 1, record: A },
      { line: 2, item: 1, record: B },
    ]);
  });

  it('reads gzip files joined end to end', async () => {
    const joined = Buffer.concat([gzipSync(`${json(A)}\n`), gzipSync(json(B))]);
    expect(await read(joined, { size: 7 })).toEqual(inLines);
  });

  it('passes over empty lines and says which line is no JSON', async () => {
    expect(await read(`\n${json(A)}\n\n{"cut": \n${json(B)}`)).toEqual([
      { line: 2, record: A },
      { line: 4, error: 'not JSON' },
      { line: 5, record: B },
    ]);
  });

  it('goes on after a broken first line', async () => {
    expect(await read(`{"eventID": \n${json(B)}`)).toEqual([
      { line: 1, error: 'not JSON' },
      { line: 2, record: B },
    ]);
  });

  it('does not take a word in brackets for the beginning of a list', async () => {
    expect(await read(`[INFO] started\n${json(A)}`)).toEqual([
      { line: 1, error: 'not JSON' },
      { line: 2, record: A },
    ]);
  });

  it.each([
    ['on one line', `{"Records":[${json(A)},{"eventID":"b`, 1, 1],
    ['over many lines', `[\n${json(A)},\n{"eventID":\n`, 2, 3],
  ])('keeps the records before a cut, %s', async (_form, text, ofA, ofCut) => {
    for (const wholeLine of [1, 1000])
      expect(await read(text, { wholeLine })).toEqual([
        { line: ofA, item: 1, record: A },
        { line: ofCut, item: 2, error: expect.stringContaining('cut off') },
      ]);
  });

  it('keeps the records around a broken one', async () => {
    const text = `{"Records":[${json(A)},{"eventID": b},${json(B)}]}`;
    for (const wholeLine of [1, 1000])
      expect(await read(text, { wholeLine })).toEqual([
        { line: 1, item: 1, record: A },
        { line: 1, item: 2, error: 'not JSON' },
        { line: 1, item: 3, record: B },
      ]);
  });

  it('passes over a record that is too long, however it is written', async () => {
    const long = { text: 'x'.repeat(100) };
    const error = expect.stringContaining('longer than 50');
    expect(await read(`${json(long)}\n${json(A)}`, { maxLength: 50 })).toEqual([
      { line: 1, error },
      { line: 2, record: A },
    ]);
    expect(await read(json([long, A], null, 1), { maxLength: 50 })).toEqual([
      { line: 2, item: 1, error },
      { line: 5, item: 2, record: A },
    ]);
  });

  it.each([
    ['a zip archive', Buffer.from('PK\u0003\u0004\n\n\n')],
    ['a tar archive', Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\n\n')])],
  ])('says once that %s is to be unpacked', async (what, bytes) => {
    for (const packed of [bytes, gzipSync(bytes)])
      expect(await read(packed)).toEqual([{ line: 1, error: expect.stringContaining(what) }]);
  });

  it('keeps what came before a gzip file is cut off', async () => {
    const many = Array.from({ length: 5000 }, (_, i) => json({ i, x: Math.sqrt(i) })).join('\n');
    const whole = gzipSync(many);
    const outcomes = await read(whole.subarray(0, whole.length / 2), { size: 1000 });
    expect(outcomes.length).toBeGreaterThan(1000);
    expect(outcomes.slice(0, -1).every((outcome) => 'record' in outcome)).toBe(true);
    expect(outcomes.at(-1)).toMatchObject({ error: expect.stringContaining('gzip') });
  });

  it('keeps the records of a list before a gzip file is cut off', async () => {
    const list = json({ Records: Array.from({ length: 500 }, (_, i) => ({ i, x: Math.sqrt(i) })) });
    const whole = gzipSync(list);
    const outcomes = await read(whole.subarray(0, whole.length - 40), { size: 1000 });
    expect(outcomes.length).toBeGreaterThan(450);
    expect(outcomes.findIndex((outcome) => 'error' in outcome)).toBe(outcomes.length - 1);
  });

  it('says that bytes only look like gzip', async () => {
    expect(await read(Buffer.from([0x1f, 0x8b, 0, 0, 1, 2, 3]))).toEqual([
      { line: 1, error: expect.stringContaining('gzip') },
    ]);
  });

  it.each(['plain', 'gzip'])('throws what the source of %s bytes throws', async (form) => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      await Promise.resolve();
      yield form === 'gzip' ? gzipSync(lines).subarray(0, 12) : Buffer.from(lines);
      throw new Error('disk');
    }
    await expect(collect(readRecords(failing()))).rejects.toThrow('disk');
  });

  it.each(['plain', 'gzip'])(
    'lets go of the source of %s bytes when nobody reads on',
    async (form) => {
      let released = (): void => undefined;
      const release = new Promise<void>((resolve) => (released = resolve));
      let given = 0;
      async function* endless(): AsyncGenerator<Uint8Array> {
        try {
          for (;;) {
            await Promise.resolve();
            given += 1;
            yield form === 'gzip' ? gzipSync(lines) : Buffer.from(lines);
          }
        } finally {
          released();
        }
      }
      for await (const outcome of readRecords(endless())) {
        expect(outcome).toEqual({ line: 1, record: A });
        break;
      }
      await release;
      expect(given).toBeLessThan(1000);
    },
  );
});
