import { describe, expect, it } from '@jest/globals';
import { checkSame, type Contents } from './contents.js';

const ROWS: Contents = { key_events: '10 (123)', usage_1h: '9 (77)' };

function comparison(other: Contents): () => void {
  const contents = new Map<string, Contents>();
  contents.set('ingest', ROWS).set('engine', other);
  return () => {
    checkSame(contents);
  };
}

describe('checkSame', () => {
  it('takes databases with the same rows', () => {
    expect(comparison({ ...ROWS })).not.toThrow();
  });

  it('makes the bench void where a table differs, though it has as many rows', () => {
    expect(comparison({ ...ROWS, usage_1h: '9 (78)' })).toThrow(
      /void.*\n {2}usage_1h: ingest has 9 \(77\), engine has 9 \(78\)$/,
    );
  });

  it('makes it void where one lacks a table', () => {
    expect(comparison({ key_events: '10 (123)' })).toThrow('usage_1h');
  });
});
