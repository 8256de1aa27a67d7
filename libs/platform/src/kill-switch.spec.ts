import { describe, expect, it } from '@jest/globals';
import { KillSwitch } from './kill-switch.js';

function kills(at: string | undefined, ...steps: string[]): number {
  let count = 0;
  const killSwitch = new KillSwitch(at, () => (count += 1));
  for (const step of steps) killSwitch.passed(step);
  return count;
}

describe('KillSwitch', () => {
  it('kills at the Nth passage of its step, once', () => {
    expect(kills('committed:2', 'committed', 'state-sent')).toBe(0);
    expect(kills('committed:2', 'committed', 'committed')).toBe(1);
    expect(kills('committed:1', 'committed', 'committed')).toBe(1);
  });

  it('kills never unless told', () => {
    expect(kills(undefined, 'committed', 'alerts-sent')).toBe(0);
  });
});
