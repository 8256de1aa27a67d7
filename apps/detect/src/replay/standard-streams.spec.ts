import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { firstLine, jsonLines } from './standard-streams.js';

describe('firstLine', () => {
  it('is put together from what comes, and says when the stream closes later', async () => {
    const input = new PassThrough();
    const { promise: gone, resolve } = Promise.withResolvers<undefined>();
    const line = firstLine(input, () => {
      resolve(undefined);
    });
    input.write('{"a":');
    input.write('1}\nmore\n');
    expect(await line).toBe('{"a":1}');
    input.end();
    await gone;
  });

  it('fails where none comes', async () => {
    const input = new PassThrough();
    const line = firstLine(input, () => undefined);
    input.end('half a line');
    await expect(line).rejects.toThrow('ended without a line');
  });
});

describe('jsonLines', () => {
  it('waits for a reader that is slow', async () => {
    const taken: string[] = [];
    let take: (() => void) | undefined;
    const output = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        taken.push(chunk.toString());
        take = done;
      },
    });
    const say = jsonLines(output);
    let isSaid = false;
    const said = say({ n: 1 }).then(() => (isSaid = true));
    await new Promise(setImmediate);
    expect({ taken, isSaid }).toEqual({ taken: ['{"n":1}\n'], isSaid: false });
    take?.();
    expect(await said).toBe(true);
  });
});
