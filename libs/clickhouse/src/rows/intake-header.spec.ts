import { describe, expect, it } from '@jest/globals';
import { intakeHeader } from './intake-header.js';

describe('intakeHeader', () => {
  it('says how many columns there are, then their names, then their types', () => {
    const header = intakeHeader('delivery_event_intake');
    const texts: string[] = [];
    for (let at = 1; at < header.length; at += 1 + header.readUInt8(at)) {
      texts.push(header.toString('latin1', at + 1, at + 1 + header.readUInt8(at)));
    }
    const count = header.readUInt8();
    expect(count).toBe(21);
    expect(texts).toHaveLength(2 * count);
    expect(texts.slice(0, 4)).toEqual(['kind', 'topic', 'partition', 'offset']);
    expect(texts.slice(count - 2, count)).toEqual(['at', 'data']);
    expect(texts.slice(count + 1, count + 4)).toEqual(['String', 'UInt32', 'UInt64']);
    expect(texts.slice(-2)).toEqual(["DateTime64(3, 'UTC')", 'String']);
  });
});
