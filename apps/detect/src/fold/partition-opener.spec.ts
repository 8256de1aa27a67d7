import { describe, expect, it } from '@jest/globals';
import { MemoryChangelog, tinyEngine, type TinyRecord } from '@keywatch/testing';
import { PartitionOpener, PositionError } from './partition-opener.js';
import { DetectObserver, OVERTAKEN, type RestoreFacts } from './ports.js';
import { SETTINGS_KEY, type EffectiveSettings } from './settings-timeline.js';

class Observer extends DetectObserver {
  readonly restores: RestoreFacts[] = [];
  readonly gaps: (number | undefined)[][] = [];
  override restored(facts: RestoreFacts): void {
    this.restores.push(facts);
  }
  override missed(partition: number, from: number | undefined, to: number): void {
    this.gaps.push([partition, from, to]);
  }
  override folded = (): void => undefined;
  override alertsSent = (): void => undefined;
  override lag = (): void => undefined;
  override checkpointed = (): void => undefined;
  override dropped = (): void => undefined;
  override settingsHold = (): void => undefined;
  override passed = (): void => undefined;
}

interface Given {
  readonly committed?: number;
  readonly low?: number;
  readonly high?: number;
  /** Offsets up to which records of the changelog count. */
  readonly stored?: readonly number[];
  readonly lateness?: number;
  readonly log?: MemoryChangelog;
  /** Where the log ended when the partition was assigned; undefined: that could not be read. */
  readonly highAtAssignment?: number;
}

const settings = (latenessMs = 0): EffectiveSettings => ({ rules: {}, latenessMs, unknownKeys: 9 });

async function world(given: Given = {}) {
  const { committed, low = 0, high = 100, stored = [], log = new MemoryChangelog() } = given;
  await log.append(
    1,
    stored.map((asOf) => {
      const value = JSON.stringify({ o: asOf, t: 0, counted: [] });
      return { key: `k${asOf}`, value, asOf, admitted: undefined };
    }),
  );
  const observer = new Observer();
  let assigning = false;
  const atAssignment = () =>
    given.highAtAssignment === undefined
      ? Promise.reject(new Error('no broker'))
      : Promise.resolve({ low, high: given.highAtAssignment });
  const opener = new PartitionOpener<TinyRecord>({
    log,
    positions: {
      committed: () => Promise.resolve(committed),
      bounds: () => (assigning ? atAssignment() : Promise.resolve({ low, high })),
    },
    observer,
    settings: settings(given.lateness),
    createEngine: () => tinyEngine(),
    hotLimit: 10,
  });
  const assign = (...partitions: number[]) => {
    assigning = true;
    opener.assign(partitions);
    assigning = false;
  };
  assign(1);
  const open = (fetchedFrom: number) => opener.open(1, fetchedFrom, () => Promise.resolve());
  const openedAt = async (fetchedFrom: number) => {
    const opened = await open(fetchedFrom);
    return 'fold' in opened ? opened.fold.state.position : opened;
  };
  return { log, observer, open, openedAt, assign };
}

describe('PartitionOpener', () => {
  it('opens at the committed position', async () => {
    const { openedAt, observer } = await world({ committed: 40, stored: [3, 39] });
    expect(await openedAt(40)).toBe(40);
    expect(observer.restores).toMatchObject([{ partition: 1, position: 40, keys: 2, records: 2 }]);
  });

  it('asks for a seek where the consumer is beyond the committed position, before it restores', async () => {
    const { openedAt, observer } = await world({ committed: 40 });
    expect(await openedAt(55)).toEqual({ seekTo: 40 });
    expect(observer.restores).toEqual([]);
  });

  it('opens at the committed position where the consumer is before it', async () => {
    expect(await (await world({ committed: 40 })).openedAt(35)).toBe(40);
  });

  it('opens at the beginning of the log where nothing was committed', async () => {
    expect(await (await world({ low: 7 })).openedAt(7)).toBe(7);
    expect(await (await world({ low: 7 })).openedAt(20)).toEqual({ seekTo: 7 });
  });

  it('keeps states beyond the committed position: they guard what is folded again', async () => {
    expect(await (await world({ committed: 40, stored: [52] })).openedAt(40)).toBe(40);
  });

  it('tells what retention took away before it was evaluated', async () => {
    const known = await world({ committed: 40, low: 60, stored: [39] });
    expect(await known.openedAt(70)).toEqual({ seekTo: 60 });
    expect(await known.openedAt(60)).toBe(60);
    expect(known.observer.gaps).toEqual([[1, 40, 60]]);

    const reset = await world({ committed: OVERTAKEN, low: 60, stored: [39] });
    expect(await reset.openedAt(60)).toBe(60);
    expect(reset.observer.gaps).toEqual([[1, 40, 60]]);

    const nothingKnown = await world({ committed: OVERTAKEN, low: 60 });
    await nothingKnown.openedAt(60);
    expect(nothingKnown.observer.gaps).toEqual([[1, undefined, 60]]);
  });

  it.each([
    ['a position beyond its end', { committed: 140, high: 100 }],
    ['states beyond its end', { committed: 40, high: 100, stored: [120] }],
    ['states that it should have outlived', { committed: OVERTAKEN, low: 0, stored: [50] }],
  ])('refuses a log that was created anew: %s', async (_name, given) => {
    const { open } = await world(given);
    await expect(open(0)).rejects.toThrow(PositionError);
    await expect(open(0)).rejects.toThrow('keywatch.detection-state');
  });

  it('records settings before anything is folded, and only when they change', async () => {
    const log = new MemoryChangelog();
    const written = () => log.records(1).filter((record) => record?.key === SETTINGS_KEY);
    await (await world({ log })).openedAt(0);
    expect(written()).toMatchObject([{ asOf: 0 }]);
    await (await world({ log })).openedAt(0);
    expect(written()).toHaveLength(1);
    await (await world({ log, lateness: 5, high: 80 })).openedAt(0);
    expect(written()).toMatchObject([{ asOf: 0 }, { asOf: 80 }]);
    expect(JSON.parse(written()[1]?.value ?? '')).toEqual([
      { from: 0, settings: settings() },
      { from: 80, settings: settings(5) },
    ]);
  });

  it('lets a change hold from where the log ended at the assignment, though it is opened later', async () => {
    const changedAt = async (given: Given): Promise<number | undefined> => {
      const log = new MemoryChangelog();
      await (await world({ log })).openedAt(0);
      const { openedAt, assign } = await world({ ...given, log, lateness: 5, high: 80 });
      // Assigned again without having been lost: it was this member's all along.
      assign(1, 2);
      await openedAt(0);
      return log.records(1).findLast((record) => record?.key === SETTINGS_KEY)?.asOf;
    };
    expect(await changedAt({ highAtAssignment: 70 })).toBe(70);
    expect(await changedAt({})).toBe(80);
    // Never before what was evaluated already.
    expect(await changedAt({ highAtAssignment: 70, committed: 72 })).toBe(72);
    expect(await changedAt({ highAtAssignment: 70, stored: [75] })).toBe(76);
  });
});
