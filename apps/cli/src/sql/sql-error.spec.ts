import { describe, expect, it } from '@jest/globals';
import { CommandError } from '../command-error.js';
import { sqlError } from './sql-error.js';

const clickhouse = (message: string, code: string, type: string): Error =>
  Object.assign(new Error(message), { code, type });

describe('what ClickHouse says', () => {
  it.each([
    [
      clickhouse('Timeout exceeded: elapsed 30 s, maximum: 30 s. ', '159', 'TIMEOUT_EXCEEDED'),
      'Timeout exceeded: elapsed 30 s, maximum: 30 s. Ask for a shorter time range (limits: docs/analysts.md). (ClickHouse 159 TIMEOUT_EXCEEDED)',
    ],
    [
      new Error(
        'Code: 164. DB::Exception: analyst: Cannot execute query in readonly mode (READONLY)',
      ),
      'Cannot execute query in readonly mode. (ClickHouse 164 READONLY)',
    ],
    [
      new Error(
        'Code: 241. DB::Exception: Code: 241. DB::Exception: Too much. (version 26.7.2.1). (MEMORY_LIMIT_EXCEEDED)',
      ),
      'Too much. Ask for less at once (limits: docs/analysts.md). (ClickHouse 241 MEMORY_LIMIT_EXCEEDED)',
    ],
  ])('is one message: %s', (error, words) => {
    const told = sqlError(error);
    expect(told).toBeInstanceOf(CommandError);
    expect(told.message).toBe(words);
  });

  it('is told from what others say', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(sqlError(refused)).toBe(refused);
    const own = new CommandError('x');
    expect(sqlError(own)).toBe(own);
  });
});
