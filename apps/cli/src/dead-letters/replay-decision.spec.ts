import { describe, expect, it } from '@jest/globals';
import type { StoredDeadLetter } from '@keywatch/clickhouse';
import { encodeKeyEvent, TOPICS } from '@keywatch/events';
import { MAX_REPLAYS, replayDecision, type Original } from './replay-decision.js';

const LETTER: StoredDeadLetter = {
  topic: TOPICS.keyEvents.name,
  partition: 0,
  offset: 7,
  logTimeMs: 1000,
  reason: 'unknown-type',
  error: 'x',
  messageKey: 'k1',
  payload: '',
  payloadBytes: 3,
  state: 'open',
  handledAtMs: 0,
  note: '',
};
const GOOD = encodeKeyEvent({
  id: 'e1',
  source: 'urn:test',
  type: 'keywatch.key.request-made.v1',
  subject: 'k1',
  data: {},
}).value;

const message = (value: string, headers: Record<string, string> = {}): Original => ({
  value: Buffer.from(value),
  headers,
  timestamp: '1000',
});
const why = (...args: Parameters<typeof replayDecision>): string => {
  const decision = replayDecision(...args);
  return decision.replay ? 'replayed' : decision.why;
};

describe('a dead letter', () => {
  it('is replayed where this version can read it', () => {
    expect(replayDecision(LETTER, message(GOOD), false)).toEqual({ replay: true, replays: 1 });
  });

  it('is not where it would fail again, unless forced', () => {
    expect(why(LETTER, message('junk'), false)).toContain('it would fail again: the value is not');
    expect(replayDecision(LETTER, message('junk'), true)).toEqual({ replay: true, replays: 1 });
  });

  it('that failed again as before is not, unless forced', () => {
    const again = { 'keywatch-replay-count': '1', 'keywatch-replay-reason': 'unknown-type' };
    expect(why(LETTER, message(GOOD, again), false)).toContain('failed again as before');
    expect(replayDecision(LETTER, message(GOOD, again), true)).toEqual({
      replay: true,
      replays: 2,
    });
    const other = { ...again, 'keywatch-replay-reason': 'not-json' };
    expect(replayDecision(LETTER, message(GOOD, other), false).replay).toBe(true);
  });

  it('goes round three times at most, forced or not', () => {
    for (const force of [false, true]) {
      const often = { 'keywatch-replay-count': String(MAX_REPLAYS) };
      expect(why(LETTER, message(GOOD, often), force)).toBe('it has been replayed 3 times');
    }
  });

  it('is not replayed from what is stored of it, nor from another message', () => {
    expect(why(LETTER, undefined, true)).toContain('does not have it any more');
    expect(why({ ...LETTER, logTimeMs: 1 }, message(GOOD), true)).toContain('created anew');
  });

  it.each([
    ['rejected-line', 'import the file again'],
    ['secret-in-payload', 'holds a secret'],
  ])('of reason %s is not replayed at all', (reason, said) => {
    expect(why({ ...LETTER, reason }, message(GOOD), true)).toContain(said);
  });
});
