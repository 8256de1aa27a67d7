import { describe, expect, it } from '@jest/globals';
import { decodeKeyEvent } from './decode.js';
import { rejectedLineEvent, type RejectedLine } from './rejected-line.js';

const LINE: RejectedLine = {
  file: 'logs/a.jsonl',
  line: 7,
  reason: 'invalid-time',
  error: '/at is no time',
  lane: 'old',
};
const decoded = (event: object): unknown =>
  decodeKeyEvent({ value: Buffer.from(JSON.stringify(event)) });

describe('a rejected line', () => {
  it('is a dead letter that names file, line and reason', () => {
    expect(decoded(rejectedLineEvent(LINE))).toEqual({
      kind: 'dead-letter',
      reason: 'rejected-line',
      error: 'logs/a.jsonl:7: invalid-time: /at is no time',
    });
    expect(decoded(rejectedLineEvent({ ...LINE, item: 2 }))).toMatchObject({
      error: 'logs/a.jsonl:7 (record 2): invalid-time: /at is no time',
    });
  });

  it('fits the envelope however long its names are', () => {
    const long = { ...LINE, file: `${'d/'.repeat(2000)}a.jsonl`, error: 'e'.repeat(5000) };
    expect(decoded(rejectedLineEvent(long))).toMatchObject({ reason: 'rejected-line' });
  });

  it('that says no line is a fault of who sent it', () => {
    const event = { ...rejectedLineEvent(LINE), data: { file: 'a', line: 0 } };
    expect(decoded(event)).toMatchObject({ reason: 'invalid-data' });
  });
});
