import { describe, expect, it } from '@jest/globals';
import type { StoredPosition } from '../log/stored-ranges.js';
import type { LogPartition } from './context.js';
import { checkPositions } from './positions.check.js';

const log = (start: number, end: number, committed?: number): LogPartition => ({
  topic: 't',
  partition: 0,
  start,
  end,
  committed,
});
const stored = (from: number, contiguousTo: number, to = contiguousTo): StoredPosition => ({
  topic: 't',
  partition: 0,
  from,
  contiguousTo,
  to,
  ranges: 1,
  lastLogTimeMs: 0,
});

describe('checkPositions', () => {
  it.each([
    ['nothing at all', log(0, 0), [], /everything/],
    ['all is stored', log(0, 10, 10), [stored(0, 10)], /everything/],
    ['retention removed what was stored long ago', log(5, 10, 10), [stored(0, 10)], /everything/],
    ['a lag', log(0, 10, 4), [stored(0, 4)], /6 messages of the log are not stored yet/],
    [
      'stored beyond the commit: the acknowledgement is still to come',
      log(0, 10, 4),
      [stored(0, 8)],
      /2 messages/,
    ],
    ['nothing read yet', log(0, 10_000), [], /10,000 messages/],
    [
      'the group began at the start of a log whose beginning is gone',
      log(7, 10, 7),
      [],
      /3 messages/,
    ],
  ])('passes: %s', (_, partition, positions, detail) => {
    const [finding, ...more] = checkPositions([partition], positions);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ check: 'log-positions', ok: true, hint: '' });
    expect(finding?.detail).toMatch(detail);
  });

  it.each([
    [
      'committed but not stored',
      log(0, 10, 8),
      [stored(0, 5)],
      /t\/0: committed 8, stored up to 5/,
    ],
    ['committed behind a gap', log(0, 10, 10), [stored(0, 5, 10)], /committed 10, stored up to 5/],
    ['committed, nothing stored', log(0, 10, 8), [], /committed 8, stored up to 0/],
    ['a re-created topic', log(0, 3, 3), [stored(0, 10)], /stored up to 10, the log ends at 3/],
    [
      'retention overtook a stopped ingest',
      log(7, 10, 5),
      [stored(0, 5)],
      /the log begins at 7, stored up to 5/,
    ],
    [
      'retention came before the first start',
      log(7, 10),
      [],
      /the log begins at 7, stored up to 0/,
    ],
  ])('finds: %s', (_, partition, positions, detail) => {
    const findings = checkPositions([partition], positions);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ check: 'log-positions', ok: false });
    expect(findings[0]?.detail).toMatch(detail);
    expect(findings[0]?.hint).not.toBe('');
  });

  it('tells partitions apart and spells out the first ten', () => {
    const partitions = Array.from({ length: 12 }, (_, partition) => ({
      ...log(0, 9, 9),
      partition,
    }));
    const [finding] = checkPositions(partitions, [{ ...stored(0, 9), partition: 3 }]);
    expect(finding?.detail.match(/t\/\d+: /g)).toHaveLength(10);
    expect(finding?.detail).toMatch(/and 1 more$/);
    expect(finding?.detail).not.toContain('t/3:');
  });
});
