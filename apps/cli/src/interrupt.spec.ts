import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { untilInterrupted } from './interrupt.js';

function interruptible() {
  const from = new EventEmitter();
  const exits: number[] = [];
  const clock = { ms: 0 };
  const interruption = untilInterrupted({
    from,
    exit: (code) => exits.push(code),
    now: () => clock.ms,
  });
  return { from, exits, clock, interruption };
}

describe('an interruption', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('by %s aborts what is under way', async (name) => {
    const { from, exits, interruption } = interruptible();
    expect(interruption.signal.aborted).toBe(false);
    from.emit(name);
    await interruption.promise;
    expect(interruption.signal.aborted).toBe(true);
    expect(exits).toEqual([]);
  });

  it('is the same one when npm passes it on', () => {
    const { from, exits, clock } = interruptible();
    from.emit('SIGINT');
    clock.ms = 900;
    from.emit('SIGINT');
    expect(exits).toEqual([]);
  });

  it('ends the process at once when it comes again later', () => {
    const { from, exits, clock } = interruptible();
    from.emit('SIGINT');
    clock.ms = 1100;
    from.emit('SIGINT');
    expect(exits).toEqual([130]);
  });
});
