import { describe, expect, it } from '@jest/globals';
import type { Admin } from '@keywatch/kafka';
import { goOnAt, mustBeStopped, mustHaveSettled } from './ingest-group.js';

type Described = Awaited<ReturnType<Admin['describeGroups']>>;

const groupOf = (state: string, members: number): Pick<Admin, 'describeGroups'> => ({
  describeGroups: () =>
    Promise.resolve({
      groups: [{ groupId: 'keywatch-ingest', state, members: Array(members).fill({}) }],
      // Of a member only that there is one counts.
    } as unknown as Described),
});

describe('ingest', () => {
  it.each(['Empty', 'Dead'])('is stopped when its group is %s', async (state) => {
    await expect(mustBeStopped(groupOf(state, 0))).resolves.toBeUndefined();
  });

  it('runs while its group has members', async () => {
    await expect(mustBeStopped(groupOf('Stable', 1))).rejects.toThrow(
      /^Ingest runs: its group keywatch-ingest has a member\. Stop ingest, leave broker and ClickHouse running/,
    );
    await expect(mustBeStopped(groupOf('PreparingRebalance', 2))).rejects.toThrow('2 members');
  });

  it('goes on where it is told, all partitions at once', async () => {
    const asked: unknown[] = [];
    const setOffsets: Admin['setOffsets'] = (request) => {
      asked.push(request);
      return Promise.resolve();
    };
    await goOnAt({ setOffsets }, 'keys', [
      { partition: 0, offset: 5 },
      { partition: 1, offset: 0 },
    ]);
    expect(asked).toEqual([
      {
        groupId: 'keywatch-ingest',
        topic: 'keys',
        partitions: [
          { partition: 0, offset: '5' },
          { partition: 1, offset: '0' },
        ],
      },
    ]);
  });

  it('that was started meanwhile is named, and that the decision stands', async () => {
    const setOffsets: Admin['setOffsets'] = () => Promise.reject(new Error('group is Stable'));
    await expect(goOnAt({ setOffsets }, 'keys', [])).rejects.toThrow(
      /^The decision is recorded, but .*group is Stable\. Stop ingest and give the same command again/,
    );
  });

  it('has settled when it announces nothing', async () => {
    const group = (metadata: string | null): Pick<Admin, 'fetchOffsets'> => ({
      fetchOffsets: () =>
        Promise.resolve([{ topic: 'keys', partitions: [{ partition: 2, offset: '7', metadata }] }]),
    });
    await expect(mustHaveSettled(group(''))).resolves.toBeUndefined();
    await expect(mustHaveSettled(group(null))).resolves.toBeUndefined();
    await expect(mustHaveSettled(group('{"to":9}'))).rejects.toThrow(
      /^Ingest was ended amid writing keys\/2\. Start it once more/,
    );
  });
});
