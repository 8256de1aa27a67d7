import { describe, expect, it } from '@jest/globals';
import { begun, inChunks, mapped } from './chunks.js';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
async function* numbers(
  count: number,
  onEnd: () => void = () => undefined,
): AsyncGenerator<number> {
  try {
    for (let n = 0; n < count; n += 1) yield await Promise.resolve(n);
  } finally {
    onEnd();
  }
}

describe('inChunks', () => {
  it('joins pieces without losing any', async () => {
    const pieces = Array.from({ length: 9000 }, (_, n) => `${n},`);
    const chunks = await all(inChunks(mapped(numbers(9000), (n) => `${n},`)));
    expect(chunks.join('')).toBe(pieces.join(''));
    expect(chunks.length).toBeLessThan(5);
    await expect(all(inChunks(mapped(numbers(0), String)))).resolves.toEqual([]);
  });
});

describe('begun', () => {
  it('fails at once where the first item does', async () => {
    const failing = mapped(numbers(1), () => {
      throw new Error('no table');
    });
    await expect(begun(failing)).rejects.toThrow('no table');
  });

  it.each([0, 1, 3])('gives all of %d items', async (count) => {
    await expect(all(await begun(numbers(count)))).resolves.toHaveLength(count);
  });

  it('ends its source when it is ended early', async () => {
    let ended = false;
    const items = await begun(
      numbers(5, () => {
        ended = true;
      }),
    );
    for await (const item of items) {
      if (item === 1) break;
    }
    expect(ended).toBe(true);
  });
});
