import { describe, expect, it } from '@jest/globals';
import { backendVerdict } from './backend-verdict.js';
import { pipelineGap } from './pipeline-gap.check.js';
import { quietVerdicts, type Rhythm } from './quiet-verdicts.js';
import { readerVerdicts, type Reader } from './reader-verdicts.js';
import { storeVerdict } from './store-verdicts.js';

const NOW = Date.UTC(2026, 2, 1, 12);
const LAG = 60_000;
const at = (over: Partial<Reader['partitions'][number]> = {}) => ({
  partition: 0,
  low: 0,
  high: 10,
  committed: 10,
  waitingSinceMs: null,
  stillSinceMs: null,
  ...over,
});
const reader = (...partitions: Reader['partitions']): Reader => ({
  app: 'detect',
  topic: 'keywatch.key-events',
  partitions,
});
const judged = (one: Reader, isOpen = false) => readerVerdicts(one, { lagMs: LAG, isOpen }, NOW);

describe('a reader', () => {
  it('is fine where no message waits for longer than it may', () => {
    const waiting = at({ committed: 4, waitingSinceMs: NOW - LAG });
    expect(judged(reader(at(), waiting))).toEqual([
      { subject: 'detect/keywatch.key-events', untilMs: NOW },
    ]);
  });

  it('is in trouble since the oldest message that waits, and names the partitions', () => {
    const [verdict] = judged(
      reader(
        at({ committed: 4, waitingSinceMs: NOW - LAG - 1, stillSinceMs: NOW - LAG }),
        at({ partition: 1, committed: 7, waitingSinceMs: NOW - 2 * LAG }),
        at({ partition: 2 }),
      ),
    );
    expect(verdict).toMatchObject({ subject: 'detect/keywatch.key-events' });
    expect(verdict?.trouble).toMatchObject({
      kind: 'reader-behind',
      severity: 'high',
      sinceMs: NOW - 2 * LAG,
      facts: {
        messages: 9,
        standStill: ['0'],
        partitions: [
          expect.stringMatching(/^0: offsets 4 to 9, since 2026-03-01T11:58:59.999Z$/),
          expect.stringMatching(/^1: offsets 7 to 9, /),
        ],
      },
    });
    expect(verdict?.trouble?.sentence).toBe(
      'detect has not evaluated 9 messages of keywatch.key-events (2 partitions), the oldest since 2026-03-01 11:58:00 UTC.',
    );
  });

  it('says that its position stands still, and what is wrong with what waits', () => {
    const held = at({
      committed: 4,
      waitingSinceMs: NOW - LAG - 1,
      stillSinceMs: NOW - LAG,
      fault: '200 of the next 200 messages can not be events',
    });
    expect(judged(reader(held))[0]?.trouble?.sentence).toMatch(
      /; its position stands still; partition 0: 200 of the next 200 messages can not be events\.$/,
    );
  });

  it('that was in trouble is fine again when the wait is half as long', () => {
    const waiting = (ms: number) => reader(at({ committed: 4, waitingSinceMs: NOW - ms }));
    expect(judged(waiting(LAG / 2 + 1), true)[0]?.trouble).toBeDefined();
    expect(judged(waiting(LAG / 2), true)[0]?.trouble).toBeUndefined();
  });

  it('that retention has overtaken has lost messages, however short they wait', () => {
    const verdicts = judged(reader(at({ low: 7, committed: 3, waitingSinceMs: NOW - 1 })));
    expect(verdicts[1]).toMatchObject({
      subject: 'detect/keywatch.key-events/0/lost',
      untilMs: NOW - 1,
      trouble: { kind: 'messages-missing', window: 'offsets 3-7', facts: { messages: 4 } },
    });
  });

  it('that has committed nothing has lost nothing', () => {
    expect(judged(reader(at({ low: 7, committed: null, waitingSinceMs: NOW - 1 })))).toHaveLength(
      1,
    );
  });
});

describe('a server', () => {
  const away = { name: 'ClickHouse', sinceMs: NOW - 61_000, reason: 'ECONNREFUSED' } as const;

  it('that answers, or has not been asked in vain for long, is fine', () => {
    expect(backendVerdict({ name: 'ClickHouse' }, 60_000, NOW)).toEqual({
      subject: 'clickhouse',
      untilMs: NOW,
    });
    expect(backendVerdict({ ...away, sinceMs: NOW - 60_000 }, 60_000, NOW).trouble).toBeUndefined();
  });

  it('is away since the first look without an answer', () => {
    const verdict = backendVerdict(away, 60_000, NOW);
    expect(verdict.untilMs).toBeUndefined();
    expect(verdict.trouble).toMatchObject({ kind: 'backend-away', sinceMs: NOW - 61_000 });
    expect(verdict.trouble?.sentence).toContain('(ECONNREFUSED)');
  });

  it('that is back was away between its true times', () => {
    const verdict = backendVerdict({ ...away, untilMs: NOW + 5 }, 60_000, NOW + 90_000);
    expect(verdict).toMatchObject({ untilMs: NOW + 5, trouble: { sinceMs: NOW - 61_000 } });
  });
});

describe('offsets that no range covers', () => {
  it('are missing, between the arrivals around them', () => {
    const gap = { topic: 't', partition: 3, from: 10, to: 15, afterMs: 1000, beforeMs: 2000 };
    expect(storeVerdict(gap)).toMatchObject({
      subject: 'store/t/3/10',
      untilMs: 2000,
      trouble: { window: 'offsets 10-15', sinceMs: 1000, facts: { messages: 5 } },
    });
  });
});

describe('tenants', () => {
  const settings = pipelineGap.settings.parse({});
  const MINUTE = 60_000;
  const rhythm = (over: Partial<Rhythm>): Rhythm => ({
    tenantId: 'acme',
    requests: 500,
    firstMs: NOW - 6.5 * 86_400_000,
    lastMs: NOW - 10 * MINUTE,
    longestSilenceMs: 3 * MINUTE,
    ...over,
  });
  const busy = rhythm({ tenantId: 'busy', lastMs: NOW });
  const quiet = (...rhythms: Rhythm[]) => quietVerdicts(rhythms, settings, NOW);

  it('may be silent for four times as long as ever in their week, and for 15 minutes', () => {
    expect(quiet(busy, rhythm({ lastMs: NOW - 15 * MINUTE }))).toEqual([]);
    const nights = { longestSilenceMs: 10 * MINUTE };
    expect(quiet(busy, rhythm({ ...nights, lastMs: NOW - 40 * MINUTE }))).toEqual([]);
    const [verdict, ...more] = quiet(busy, rhythm({ ...nights, lastMs: NOW - 41 * MINUTE }));
    expect(more).toEqual([]);
    expect(verdict).toMatchObject({
      subject: 'producer/acme',
      trouble: { severity: 'medium', tenantId: 'acme', sinceMs: NOW - 41 * MINUTE },
    });
  });

  it('whose week is not known, or who hardly ever ask, have no rhythm to miss', () => {
    const silent = { lastMs: NOW - 60 * MINUTE };
    expect(quiet(busy, rhythm({ ...silent, requests: 499 }))).toEqual([]);
    expect(quiet(busy, rhythm({ ...silent, firstMs: NOW - 5 * 86_400_000 }))).toEqual([]);
    expect(quiet(busy, rhythm(silent))).toHaveLength(1);
  });

  it('that all fall silent at once are one trouble', () => {
    const silent = ['a', 'b', 'c'].map((tenantId, i) =>
      rhythm({ tenantId, lastMs: NOW - (20 + i) * MINUTE }),
    );
    const verdicts = quiet(...silent);
    expect(verdicts).toHaveLength(1);
    expect(verdicts[0]).toMatchObject({
      subject: 'producers',
      trouble: { kind: 'producers-quiet', sinceMs: NOW - 20 * MINUTE, facts: { tenantCount: 3 } },
    });
  });
});
