import { describe, expect, it } from '@jest/globals';
import { until } from './waiting.js';

const signal = new AbortController().signal;

describe('until', () => {
  it('looks again until there is something', async () => {
    let looks = 0;
    const found = until('Rows', { signal, everyMs: 1, stallMs: 60_000 }, () => {
      looks += 1;
      return Promise.resolve(looks === 3 ? 'rows' : undefined);
    });
    await expect(found).resolves.toBe('rows');
    expect(looks).toBe(3);
  });

  it('gives up where nothing moves, and says where it stands and why', async () => {
    const stalled = until(
      'Rows',
      { signal, everyMs: 1, stallMs: 20, why: () => 'The engine is gone.' },
      (progress) => {
        progress(42);
        return Promise.resolve(undefined);
      },
    );
    await expect(stalled).rejects.toThrow(
      'Rows: no progress for 0.02 s (it stands at 42). The engine is gone.',
    );
  });

  it('goes on for as long as something moves, however long it takes', async () => {
    const startedAt = performance.now();
    let at = 0;
    const slow = until('Rows', { signal, everyMs: 1, stallMs: 50 }, (progress) => {
      progress((at += 1));
      return Promise.resolve(performance.now() - startedAt > 150 ? 'rows' : undefined);
    });
    await expect(slow).resolves.toBe('rows');
  });

  it('ends with the signal', async () => {
    const stop = new AbortController();
    const waiting = until('Rows', { signal: stop.signal, everyMs: 1, stallMs: 60_000 }, () => {
      stop.abort(new Error('stopped by SIGINT'));
      return Promise.resolve(undefined);
    });
    await expect(waiting).rejects.toThrow();
  });

  it('passes on what a look throws', async () => {
    const options = { signal, everyMs: 1, stallMs: 60_000 };
    await expect(until('Rows', options, () => Promise.reject(new Error('down')))).rejects.toThrow(
      'down',
    );
  });
});
