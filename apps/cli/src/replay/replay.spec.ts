import { describe, expect, it } from '@jest/globals';
import type { ReplayLine } from '@keywatch/detection';
import { anAlert } from '@keywatch/testing';
import { compared, type ReplayOptions, type TellingStore } from './replay.js';
import type { StoredTelling } from './stored-tellings.js';

const DETECTED = '2026-03-01T10:00:00.000Z';
const detectedAtMs = Date.parse(DETECTED);

const line = (n: number, rule = 'r'): ReplayLine => ({
  kind: 'alert',
  partition: 0,
  offset: n,
  ruleThen: 1,
  alert: {
    id: `a${n}:x`,
    source: 'detect',
    alert: anAlert({ alertId: `a${n}`, rule, detectedAt: DETECTED }),
  },
});
const stored = (n: number): StoredTelling => ({
  id: `a${n}:x`,
  alertId: `a${n}`,
  ruleId: 'r',
  ruleVersion: 1,
  tenantId: 't',
  keyId: 'k',
  detectedAtMs,
});

/** A store that has some tellings at the beginning, and others from the nth look on. */
function storeOf(first: readonly number[], later: readonly number[] = [], fromLook = 1) {
  const looks: string[][] = [];
  const store: TellingStore = {
    async *stored() {
      for (const n of first) yield await Promise.resolve(stored(n));
    },
    among: (ids) => {
      looks.push([...ids]);
      const there = looks.length >= fromLook ? later : [];
      return Promise.resolve(there.map(stored).filter(({ id }) => ids.includes(id)));
    },
  };
  return { store, looks };
}

async function* all(lines: readonly ReplayLine[]): AsyncGenerator<ReplayLine> {
  for (const one of lines) yield await Promise.resolve(one);
}

const replay = (
  lines: readonly ReplayLine[],
  store: TellingStore,
  more: Partial<ReplayOptions> = {},
) =>
  compared(all(lines), {
    store,
    toMs: detectedAtMs + 1,
    rules: [],
    circumstances: { memoryFromMs: undefined, detected: new Map([[0, 1e9]]) },
    tell: undefined,
    onLine: () => undefined,
    signal: new AbortController().signal,
    ...more,
  });

describe('a replay compared with what is stored', () => {
  it('asks nothing again where everything is stored, and counts', async () => {
    const { store, looks } = storeOf([1, 2]);
    const part = { kind: 'part', partition: 3, warmUp: 5, messages: 7, keys: 1 } as const;
    const lines = [line(1), line(2), { ...part, recorded: false }, { ...part, recorded: true }];
    expect(await replay(lines, store)).toMatchObject({
      differences: { rules: [{ rule: 'r', same: 2 }], onlyNow: [], onlyThen: [] },
      messages: 14,
      warmUp: 10,
      told: 0,
      unrecorded: [3],
    });
    expect(looks).toEqual([]);
  });

  it('looks again for what was told meanwhile, as long as it may be on its way', async () => {
    const late = storeOf([], [1], 3);
    expect((await replay([line(1)], late.store)).differences.onlyNow).toEqual([]);
    expect(late.looks).toHaveLength(3);
    const never = storeOf([]);
    const { differences } = await replay([line(1)], never.store, { graceMs: 600 });
    expect(differences.onlyNow.map(({ id }) => id)).toEqual(['a1:x']);
    expect(never.looks).toHaveLength(3);
    const old = storeOf([]);
    await replay([line(1)], old.store, { toMs: detectedAtMs + 60_001 });
    expect(old.looks).toHaveLength(1);
  });

  it('tells what is not stored, 500 at a time', async () => {
    const lines = Array.from({ length: 1_203 }, (_, n) => line(n));
    const told: string[][] = [];
    const { told: count, differences } = await replay(lines, storeOf([0, 1], [2]).store, {
      tell: (alerts) => {
        told.push(alerts.map(({ id }) => id));
        return Promise.resolve();
      },
    });
    expect(told.map(({ length }) => length)).toEqual([499, 500, 201]);
    expect(told.flat()).not.toContain('a2:x');
    expect(count).toBe(1_200);
    expect(differences.onlyNow).toHaveLength(1_200);
  });

  it('tells nothing once it is interrupted', async () => {
    const interruption = new AbortController();
    const told: unknown[] = [];
    const { store } = storeOf([]);
    const running = replay([line(1)], store, {
      signal: interruption.signal,
      tell: (alerts) => {
        told.push(alerts);
        return Promise.resolve();
      },
      onLine: () => {
        interruption.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect(told).toEqual([]);
  });

  it('looks at the rules that are asked for', async () => {
    const { store } = storeOf([1]);
    const { differences } = await replay([line(1), line(2, 'other')], store, { rules: ['r'] });
    expect(differences.rules.map(({ rule }) => rule)).toEqual(['r']);
  });
});
