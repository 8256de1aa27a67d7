import { describe, expect, it } from '@jest/globals';
import { KillAt } from './kill-at.js';

describe('KillAt', () => {
  it('kills at the Nth passage of its step, once', () => {
    let kills = 0;
    const killAt = new KillAt('inserted:2', () => (kills += 1));
    killAt.passed('inserted');
    killAt.passed('announced');
    expect(kills).toBe(0);
    killAt.passed('inserted');
    killAt.passed('inserted');
    expect(kills).toBe(1);
  });

  it('never kills where nobody asked for it', () => {
    let kills = 0;
    const killAt = new KillAt(undefined, () => (kills += 1));
    killAt.passed('announced');
    expect(kills).toBe(0);
  });
});
