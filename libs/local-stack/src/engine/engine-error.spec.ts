import { describe, expect, it } from '@jest/globals';
import { asEngineError, httpStatus, refuse } from './engine-error.js';
import { checkThreads } from './threads.js';

describe('errors in the words of ClickHouse', () => {
  it.each([
    [62, 400],
    [27, 400],
    [60, 404],
    [47, 404],
    [516, 403],
    [159, 408],
    [229, 413],
    [48, 501],
    [202, 503],
    [164, 500],
    [241, 500],
    [9999, 500],
  ])('code %i is HTTP %i', (code, status) => {
    expect(httpStatus(code)).toBe(status);
  });

  it('keeps the text of the engine', () => {
    const text = 'Code: 60. DB::Exception: Table t does not exist. (UNKNOWN_TABLE)';
    expect(asEngineError(new Error(text))).toMatchObject({ code: 60, status: 404, message: text });
  });

  it('gives everything else a code', () => {
    expect(asEngineError(new Error('boom')).message).toBe(
      'Code: 1002. DB::Exception: boom (UNKNOWN_EXCEPTION)',
    );
    expect(asEngineError('boom')).toMatchObject({ code: 1002, status: 500 });
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
    });
    expect(asEngineError(full)).toMatchObject({
      code: 243,
      message:
        'Code: 243. DB::Exception: ENOSPC: no space left on device, write (NOT_ENOUGH_SPACE)',
    });
    const own = refuse(202, 'too many');
    expect(asEngineError(own)).toBe(own);
  });
});

describe('the thread pool', () => {
  it('must be large enough, or the error names the variable', () => {
    expect(() => {
      checkThreads('16');
    }).not.toThrow();
    for (const given of [undefined, '4', 'x'])
      expect(() => {
        checkThreads(given);
      }).toThrow('UV_THREADPOOL_SIZE=16');
  });
});
