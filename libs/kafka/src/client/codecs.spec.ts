import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compressSync } from 'snappy';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { codecs } from './codecs.js';

const codec = (id: number, most?: number) => {
  const found = codecs(most)[id];
  if (found === undefined) throw new Error(`no codec ${id}`);
  return found;
};
const bytes = fc.uint8Array({ maxLength: 5_000 }).map((array) => Buffer.from(array));

describe.each([
  ['gzip', 1],
  ['snappy', 2],
  ['lz4', 3],
  ['zstd', 4],
])('%s', (_name, id) => {
  it('gives back what it packed', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (buffer) => {
        const packed = await codec(id).compress({ buffer });
        expect((await codec(id).decompress(packed)).equals(buffer)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('refuses what is none of its own', async () => {
    await expect(
      codec(id).decompress(Buffer.from('not packed at all, just text')),
    ).rejects.toThrow();
  });
});

describe('snappy of Java producers', () => {
  const framed = (...blocks: Buffer[]): Buffer =>
    Buffer.concat([
      Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]),
      ...blocks.flatMap((block) => {
        const size = Buffer.alloc(4);
        size.writeUInt32BE(block.length);
        return [size, block];
      }),
    ]);

  it('comes in blocks', async () => {
    const packed = framed(compressSync(Buffer.from('one, ')), compressSync(Buffer.from('two')));
    expect((await codec(2).decompress(packed)).toString()).toBe('one, two');
    expect(await codec(2).decompress(framed())).toHaveLength(0);
  });

  it('is refused where a block is cut off', async () => {
    const packed = framed(compressSync(Buffer.from('one')));
    await expect(codec(2).decompress(packed.subarray(0, -1))).rejects.toThrow('cut off');
  });
});

describe('a batch that unpacks to more than memory should give', () => {
  const zeros = Buffer.alloc(1001);

  it.each([
    ['gzip', 1, gzipSync],
    ['zstd', 4, zstdCompressSync],
  ] as const)('is refused by %s', async (_name, id, pack) => {
    await expect(codec(id, 1000).decompress(pack(zeros))).rejects.toThrow(/larger than/);
    await expect(codec(id, 1001).decompress(pack(zeros))).resolves.toHaveLength(1001);
  });
});
