import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { readRecords, type ReadRecord } from './read-records.js';

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
  { size = 1, maxLength }: { size?: number; maxLength?: number } = {},
): Promise<ReadRecord[]> {
  const bytes = typeof input === 'string' ? Buffer.from(input) : input;
  return collect(readRecords(chunked(bytes, size), maxLength));
}

const json = JSON.stringify;

describe('readRecords', () => {
  const lines = `${json(A)}\n${json(B)}\n`;
  const inLines = [
    { line: 1, record: A },
    { line: 2, record: B },
  ];
  const inList = [
    { line: 1, item: 1, record: A },
    { line: 1, item: 2, record: B },
  ];

  it.each([
    ['one record a line', lines, inLines],
    ['without a last line feed', lines.trimEnd(), inLines],
    ['with carriage returns', lines.replaceAll('\n', '\r\n'), inLines],
    ['with a byte order mark', `\uFEFF${lines}`, inLines],
    ['a list', json([A, B]), inList],
    ['a list over many lines', json([A, B], null, 2), inList],
    ['a list, one record a line', `[${json(A)},\n${json(B)}]\n`, inList],
    ['a CloudTrail file', json({ Records: [A, B] }), inList],
    ['a CloudTrail file over many lines', json({ Records: [A, B] }, null, 2), inList],
    ['a CloudTrail file broken after the bracket', `{"Records":[\n${json(A)},${json(B)}]}`, inList],
    ['a single object over many lines', json(A, null, 2), [{ line: 1, record: A }]],
    ['an empty list', '[]', []],
    ['nothing', '', []],
    ['a single byte', '7', [{ line: 1, record: 7 }]],
  ])('reads %s, plain and gzip, cut anywhere', async (_form, text, records) => {
    for (const size of [1, 3, 1000]) {
      expect(await read(text, { size })).toEqual(records);
      expect(await read(gzipSync(text), { size })).toEqual(records);
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

  it('says where a list is cut off', async () => {
    expect(await read('[\n{"eventID": "a"},\n')).toEqual([{ line: 1, error: 'not JSON' }]);
  });

  it('passes over a line that is too long, with what to do', async () => {
    const long = json({ text: 'x'.repeat(100) });
    const [first, second, ...rest] = await read(`${long}\n${json(A)}`, { maxLength: 50 });
    expect(first).toMatchObject({ line: 1, error: expect.stringContaining('jq -c') });
    expect(second).toEqual({ line: 2, record: A });
    expect(rest).toEqual([]);
  });

  it('gives up a list over many lines that is too long', async () => {
    const text = json(
      Array.from({ length: 20 }, () => A),
      null,
      2,
    );
    expect(await read(text, { maxLength: 100 })).toEqual([
      { line: 1, error: expect.stringContaining('jq -c') },
    ]);
  });

  it('keeps what came before a gzip file is cut off', async () => {
    const many = Array.from({ length: 5000 }, (_, i) => json({ i, x: Math.sqrt(i) })).join('\n');
    const whole = gzipSync(many);
    const outcomes = await read(whole.subarray(0, whole.length / 2), { size: 1000 });
    expect(outcomes.length).toBeGreaterThan(1000);
    expect(outcomes.slice(0, -1).every((outcome) => 'record' in outcome)).toBe(true);
    expect(outcomes.at(-1)).toMatchObject({ error: expect.stringContaining('gzip') });
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
