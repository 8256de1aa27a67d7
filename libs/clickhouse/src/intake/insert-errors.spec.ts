import { ClickHouseError } from '@clickhouse/client';
import { describe, expect, it } from '@jest/globals';
import {
  classifyInsertError,
  DETERMINISTIC_CODES,
  DeterministicInsertError,
  TRANSIENT_CODES,
} from './insert-errors.js';
import { backoffMs } from './retry.js';

const answer = (code: number): ClickHouseError =>
  new ClickHouseError({ message: 'm', code: String(code), type: 'T' });

describe('classifyInsertError', () => {
  it.each([202, 241, 242, 252, 285, 319, 999])('code %i passes', (code) => {
    expect(classifyInsertError(answer(code))).toBe('transient');
  });

  it.each([16, 27, 60, 115, 497, 516])('code %i stays', (code) => {
    expect(classifyInsertError(answer(code))).toBe('deterministic');
  });

  it('no code is both', () => {
    expect([...TRANSIENT_CODES.keys()].filter((code) => DETERMINISTIC_CODES.has(code))).toEqual([]);
  });

  it.each([
    ['a refused connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
    ['a reset', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
    ['a time-out of the client', new Error('Timeout error.')],
    ["a proxy's page", new Error('<html>502 Bad Gateway</html>')],
    ['an empty answer of status 500', new Error('')],
    ['fetch failed', new TypeError('fetch failed', { cause: new Error('ECONNRESET') })],
  ])('%s passes', (_, error) => {
    expect(classifyInsertError(error)).toBe('transient');
  });

  it('a TypeError of ours stays', () => {
    expect(classifyInsertError(new TypeError('x is not a function'))).toBe('deterministic');
  });

  it('an unlisted code, and what is no error, is unknown', () => {
    expect(classifyInsertError(answer(1002))).toBe('unknown');
    expect(classifyInsertError('text')).toBe('unknown');
  });
});

describe('DeterministicInsertError', () => {
  it('leaves out the row that the server quotes: events stay out of logs', () => {
    const cause = new ClickHouseError({
      message: `Cannot parse input: expected '"' before: 'user@example.test"]': (while reading the value of key key_id): (at row 17)\n: \nRow 1: user@example.test`,
      code: '27',
      type: 'CANNOT_PARSE_INPUT_ASSERTION_FAILED',
    });
    const error = new DeterministicInsertError('kw.key_event_intake', 'tok', cause);
    expect(error.message).toMatch(
      /: CANNOT_PARSE_INPUT_ASSERTION_FAILED \(code 27\), column key_id, row 17 of the insert$/,
    );
    expect(error.cause).toBeUndefined();
  });

  it('keeps what the server says of anything else, and the error itself', () => {
    const cause = new ClickHouseError({
      message: 'Not enough privileges',
      code: '497',
      type: 'ACCESS_DENIED',
    });
    const error = new DeterministicInsertError('kw.key_event_intake', 'tok', cause);
    expect(error.message).toMatch(/ACCESS_DENIED \(code 497\): Not enough privileges$/);
    expect(error.cause).toBe(cause);
  });
});

describe('backoffMs', () => {
  const backoff = { firstMs: 100, maxMs: 5_000 };

  it('doubles up to its limit', () => {
    expect([1, 2, 3, 7, 1_000].map((attempt) => backoffMs(attempt, backoff, () => 1))).toEqual([
      100, 200, 400, 5_000, 5_000,
    ]);
  });

  it('is spread over the upper half', () => {
    expect([0, 0.5, 1].map((random) => backoffMs(1, backoff, () => random))).toEqual([50, 75, 100]);
  });
});
