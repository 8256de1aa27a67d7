import { describe, expect, it } from '@jest/globals';
import { untilException } from './until-exception.js';

const TAG = '0123456789abcdef';
const FAILED = `a\nb\n\r\n__exception__\r\n${TAG}\r\nCode: 395. DB::Exception: no (X)\n33 ${TAG}\r\n__exception__\r\n`;

async function read(
  text: string,
  size: number,
  tag: string | undefined,
): Promise<{ rows: string; error: string }> {
  const chunks = (async function* () {
    for (let at = 0; at < text.length; at += size) {
      yield await Promise.resolve(Buffer.from(text.slice(at, at + size)));
    }
  })();
  let rows = '';
  try {
    for await (const part of untilException(chunks, tag)) rows += part.toString();
    return { rows, error: '' };
  } catch (error) {
    return { rows, error: (error as Error).message };
  }
}

describe('an answer that breaks off', () => {
  it.each([1, 7, 30, 1000])(
    'gives the rows before, then the error (pieces of %d)',
    async (size) => {
      expect(await read(FAILED, size, TAG)).toEqual({
        rows: 'a\nb\n',
        error: 'Code: 395. DB::Exception: no (X)',
      });
    },
  );
});

describe('an answer that is whole', () => {
  it.each([1, 7, 1000])('is given as it is (pieces of %d)', async (size) => {
    const text = 'row\r\n__exception__\r\nanother\n';
    expect(await read(text, size, TAG)).toEqual({ rows: text, error: '' });
    expect(await read(FAILED, size, undefined)).toEqual({ rows: FAILED, error: '' });
    expect(await read('', size, TAG)).toEqual({ rows: '', error: '' });
  });
});
