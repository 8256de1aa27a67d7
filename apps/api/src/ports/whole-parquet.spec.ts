import { describe, expect, it } from '@jest/globals';
import { wholeParquet } from './whole-parquet.js';

async function read(...pieces: string[]): Promise<string> {
  let text = '';
  const source = (async function* () {
    for (const piece of pieces) yield await Promise.resolve(Buffer.from(piece));
  })();
  for await (const piece of wholeParquet(source)) text += Buffer.from(piece).toString();
  return text;
}

describe('a Parquet file from the database', () => {
  it.each([[['PAR1 rows PAR1']], [['PAR1', ' rows P', 'A', 'R1']], [['PAR1 rows ', 'PAR1', '']]])(
    'passes through in pieces: %j',
    async (pieces) => {
      await expect(read(...pieces)).resolves.toBe(pieces.join(''));
    },
  );

  it.each([
    [[]],
    [['PAR1 rows']],
    [['PAR1 rows PAR1', '\r\n__exception__\r\nCode: 241. Memory limit exceeded']],
  ])('that does not end as one is an error: %j', async (pieces) => {
    await expect(read(...pieces)).rejects.toThrow('broke the Parquet file off');
  });
});
