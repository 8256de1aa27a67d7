import { describe, expect, it } from '@jest/globals';
import { Told } from './told.js';

describe('Told', () => {
  it('forgets the oldest beyond its capacity, and a repeat makes an id young again', () => {
    const told = new Told(2);
    told.add('a', 'low', 1);
    told.add('b', 'low', 2);
    told.add('a', 'low', 3);
    told.add('c', 'low', 4);
    expect([told.has('a', 'low'), told.has('b', 'low'), told.has('c', 'low')]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('keeps the highest severity and the last moment, whatever the order', () => {
    const told = new Told();
    told.add('a', 'high', 20);
    told.add('a', 'low', 10);
    expect(told.has('a', 'high', 20)).toBe(true);
    expect(told.has('a', 'critical')).toBe(false);
    expect(told.has('a', 'low', 21)).toBe(false);
  });
});
