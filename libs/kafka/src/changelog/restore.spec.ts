import { describe, expect, it } from '@jest/globals';
import { MemoryChangelog } from '@keywatch/testing';
import fc from 'fast-check';
import type { ChangelogRecord } from './changelog-record.js';
import { restoreState } from './restore.js';

const at = (
  key: string,
  asOf: number,
  value: string | null = `${key}@${asOf}`,
  admitted?: number,
): ChangelogRecord => ({
  key,
  value,
  asOf,
  admitted,
});

async function restored(...records: ChangelogRecord[]) {
  const log = new MemoryChangelog();
  await log.append(3, records);
  return restoreState(log, 3);
}

describe('restoreState', () => {
  it('lets the highest source offset win, not the last record, and names the key for writing again', async () => {
    const state = await restored(at('a', 5), at('b', 6), at('a', 9), at('a', 7));
    expect([...state.entries]).toEqual([
      ['a', 'a@9'],
      ['b', 'b@6'],
    ]);
    expect([...state.overwritten]).toEqual(['a']);
    expect(state).toMatchObject({ asOf: 9, end: 4, records: 4 });
  });

  it('forgets that a key was overwritten once a newer record follows', async () => {
    const state = await restored(at('a', 9), at('a', 7), at('a', 12));
    expect(state.entries.get('a')).toBe('a@12');
    expect(state.overwritten.size).toBe(0);
  });

  it('keeps a removal against an older state that was written after it', async () => {
    const state = await restored(at('a', 4), at('a', 9, null), at('a', 7));
    expect(state.entries.size).toBe(0);
    expect([...state.removed]).toEqual([['a', 9]]);
    expect([...state.overwritten]).toEqual(['a']);
  });

  it('lets a key come back after its removal', async () => {
    const state = await restored(at('a', 9, null), at('a', 11));
    expect([...state.entries.keys()]).toEqual(['a']);
    expect(state.removed.size).toBe(0);
  });

  it('keeps records about the partition apart, and out of the highest offset', async () => {
    const state = await restored(at('@settings', 100, '[1]'), at('a', 5));
    expect([...state.entries.keys()]).toEqual(['a']);
    expect([...state.meta]).toEqual([['@settings', { value: '[1]', asOf: 100 }]]);
    expect(state.asOf).toBe(5);
  });

  it("says which keys count against a day's bound, as their standing record does", async () => {
    const state = await restored(
      at('a', 1, 'x', 20),
      at('b', 2, 'x', 20),
      at('b', 3),
      at('a', 0),
      at('c', 4, null, 21),
    );
    expect([...state.admitted]).toEqual([
      ['a', 20],
      ['c', 21],
    ]);
  });

  it('gives the same state after compaction, once nothing is overwritten', async () => {
    const record = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      value: fc.option(fc.string(), { nil: null }),
      admitted: fc.option(fc.nat(), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(record), async (records) => {
        const log = new MemoryChangelog();
        await log.append(
          0,
          records.map((one, asOf) => ({ ...one, asOf })),
        );
        const before = await restoreState(log, 0);
        log.compact(0);
        const after = await restoreState(log, 0);
        expect(new Map(after.entries)).toEqual(before.entries);
        expect(after.removed).toEqual(before.removed);
        expect(after.admitted).toEqual(before.admitted);
        expect(after.end).toBe(before.end);
      }),
    );
  });
});
