import { describe, expect, it } from '@jest/globals';
import { anAlertEvent } from '@keywatch/testing';
import { AlertOutbox } from './alert-outbox.js';

const one = anAlertEvent();

describe('AlertOutbox', () => {
  it('is quiet while nothing is pending', () => {
    const outbox = new AlertOutbox();
    expect(outbox.isQuiet).toBe(true);
    outbox.add([]);
    expect(outbox.isQuiet).toBe(true);
    outbox.add([one]);
    expect(outbox.isQuiet).toBe(false);
  });

  it('is not quiet before the alerts have arrived', async () => {
    const outbox = new AlertOutbox();
    outbox.add([one]);
    const seen: boolean[] = [];
    await outbox.flush(() => {
      seen.push(outbox.isQuiet);
      return Promise.resolve();
    });
    expect(seen).toEqual([false]);
    expect(outbox.isQuiet).toBe(true);
  });

  it('sends what was added while it sent', async () => {
    const outbox = new AlertOutbox();
    outbox.add([one]);
    const sizes: number[] = [];
    await outbox.flush((alerts) => {
      sizes.push(alerts.length);
      if (sizes.length === 1) outbox.add([one, one]);
      return Promise.resolve();
    });
    expect(sizes).toEqual([1, 2]);
  });

  it('wakes who waits after a flush', async () => {
    const outbox = new AlertOutbox();
    outbox.add([one]);
    const woken = outbox.quiet();
    await outbox.flush(() => Promise.resolve());
    await expect(woken).resolves.toBeUndefined();
  });

  it('is void after a failed send: it never is quiet again, and who waits learns it', async () => {
    const outbox = new AlertOutbox();
    outbox.add([one]);
    const waiting = outbox.quiet();
    const flushed = outbox.flush(() => Promise.reject(new Error('no broker')));
    await expect(flushed).rejects.toThrow('no broker');
    await expect(waiting).rejects.toThrow('no broker');
    await expect(outbox.quiet()).rejects.toThrow('no broker');
    expect(outbox.isQuiet).toBe(false);
  });
});
