import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { endWithReader, isClosedOutput } from './closed-output.js';

const errorOf = (code: string): Error => Object.assign(new Error(code), { code });

describe('an output whose reader is gone', () => {
  it.each([
    ['EPIPE', true],
    ['EIO', true],
    ['ENOSPC', false],
  ])('%s', (code, closed) => {
    expect(isClosedOutput(errorOf(code))).toBe(closed);
  });

  it('ends the command once, however often it is written to and however many outputs close', () => {
    const outputs = [new EventEmitter(), new EventEmitter()];
    let ended = 0;
    endWithReader(outputs, () => (ended += 1));
    for (const output of outputs) {
      output.emit('error', errorOf('EPIPE'));
      output.emit('error', errorOf('EPIPE'));
    }
    expect(ended).toBe(1);
  });

  it('hides no other error', () => {
    const output = new EventEmitter();
    endWithReader([output], () => undefined);
    expect(() => output.emit('error', errorOf('ENOSPC'))).toThrow('ENOSPC');
  });
});
