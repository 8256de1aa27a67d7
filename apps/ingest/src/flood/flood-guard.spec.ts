import { describe, expect, it } from '@jest/globals';
import { FloodGuard } from './flood-guard.js';

const LIMITS = { window: 100, share: 0.5, atLeast: 20, inARow: 30 };

/** Feeds `pattern` (x: dead letter) from `from` on; the first verdict and after how many messages it came. */
function feed(guard: FloodGuard, from: number, pattern: string): string | undefined {
  guard.begin(from);
  for (const [i, letter] of Array.from(pattern).entries()) {
    const verdict = guard.saw(letter === 'x');
    if (verdict !== undefined) return `after ${i + 1}: ${verdict}`;
  }
  guard.end(from + pattern.length);
  return undefined;
}

describe('FloodGuard', () => {
  it('calls a run of dead letters a flood, at its limit and not before', () => {
    expect(feed(new FloodGuard(LIMITS), 0, `${'.'.repeat(500)}${'x'.repeat(29)}`)).toBeUndefined();
    expect(feed(new FloodGuard(LIMITS), 0, `${'.'.repeat(500)}${'x'.repeat(40)}`)).toBe(
      'after 530: 30 messages in a row are dead letters',
    );
  });

  it('calls a share above the limit a flood, once there are enough of them', () => {
    expect(feed(new FloodGuard(LIMITS), 0, '.x'.repeat(300))).toBeUndefined();
    expect(feed(new FloodGuard(LIMITS), 0, 'xx.'.repeat(300))).toMatch(
      /^after 29: 20 of the last 29 messages/,
    );
    expect(feed(new FloodGuard(LIMITS), 0, 'xxx')).toBeUndefined();
  });

  it('forgets what is beyond the window', () => {
    const guard = new FloodGuard(LIMITS);
    expect(feed(guard, 0, '.x'.repeat(40))).toBeUndefined();
    expect(feed(guard, 80, '.'.repeat(100))).toBeUndefined();
    expect(feed(guard, 180, 'x'.repeat(19))).toBeUndefined();
  });

  it('counts over ranges, but a range that is built again only once', () => {
    const guard = new FloodGuard(LIMITS);
    expect(feed(guard, 0, '.'.repeat(100))).toBeUndefined();
    for (let again = 0; again < 5; again += 1) {
      expect(feed(guard, 100, 'x'.repeat(15))).toBeUndefined();
    }
    expect(feed(guard, 115, 'x'.repeat(15))).toBe(
      'after 15: 30 messages in a row are dead letters',
    );
  });
});
