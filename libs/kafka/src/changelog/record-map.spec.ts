import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RecordMap, type RecordCodec } from './record-map.js';

interface Count {
  n: number;
}
const codec: RecordCodec<Count> = {
  serialize: ({ n }) => String(n),
  deserialize: (text) => ({ n: Number(text) }),
};

describe('RecordMap', () => {
  it('holds what a plain map holds, whatever the limit of objects', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const step = fc.oneof(
      fc.record({ op: fc.constant('add' as const), key }),
      fc.record({ op: fc.constant('delete' as const), key }),
      fc.record({ op: fc.constant('get' as const), key }),
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        (steps, limit) => {
          const map = new RecordMap(codec, limit, new Map([['a', '7']]));
          const model = new Map([['a', 7]]);
          for (const { op, key: at } of steps) {
            const record = map.get(at);
            expect(record?.n).toBe(model.get(at));
            if (op === 'add') {
              map.set(at, { n: (record?.n ?? 0) + 1 });
              model.set(at, (model.get(at) ?? 0) + 1);
            } else if (op === 'delete') {
              map.delete(at);
              model.delete(at);
            }
            expect(map.hotSize).toBeLessThanOrEqual(limit);
          }
          expect([...map.keys()].sort()).toEqual([...model.keys()].sort());
          expect(map.size).toBe(model.size);
          for (const [at, n] of model) {
            expect(map.text(at)).toBe(String(n));
            expect(map.peek(at)).toEqual({ n });
            expect(map.has(at)).toBe(true);
          }
        },
      ),
    );
  });

  it('keeps the least recently used as text', () => {
    const map = new RecordMap(codec, 2);
    for (const key of ['a', 'b', 'c']) map.set(key, { n: 1 });
    map.get('a');
    const kept = map.get('b');
    expect(kept).not.toBe(map.peek('c'));
    expect(map.peek('c')).not.toBe(map.peek('c'));
    expect(map.peek('a')).toBe(map.peek('a'));
  });

  it('looks at texts without making them objects', () => {
    const map = new RecordMap(codec, 2, new Map([['a', '1']]));
    expect(map.peek('a')).toEqual({ n: 1 });
    expect(map.text('a')).toBe('1');
    expect(map.text('b')).toBeUndefined();
    expect(map.hotSize).toBe(0);
  });
});
