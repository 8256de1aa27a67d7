import { describe, expect, it } from '@jest/globals';
import { startPosition, type KnownPositions, type StartPosition } from './start-position.js';

/** Numbers for bigints, undefined for what is missing. */
interface Given {
  readonly committed?: number;
  readonly announcedTo?: number;
  readonly stored?: number;
  /** Where stored ranges have a gap. */
  readonly gapAt?: number;
  readonly low?: number;
  readonly high?: number;
}

function known({ committed, announcedTo, stored, gapAt, low = 0, high = 1_000 }: Given) {
  return {
    topic: 't',
    partition: 3,
    committed: committed === undefined ? undefined : BigInt(committed),
    announcement:
      announcedTo === undefined
        ? undefined
        : { to: BigInt(announcedTo), n: 1, crc: 1, rowVersion: '1' },
    stored:
      stored === undefined
        ? undefined
        : { contiguousTo: BigInt(gapAt ?? stored), to: BigInt(stored) },
    low: BigInt(low),
    high: BigInt(high),
  } satisfies KnownPositions;
}

function at(given: Given): string {
  const position: StartPosition = startPosition(known(given));
  return position.kind === 'settled'
    ? String(position.next)
    : `open from ${position.from}${position.gone ? ', gone' : ''}`;
}

describe('startPosition', () => {
  it.each<[string, Given, string]>([
    ['a new group and an empty store: the beginning of the log', { low: 40 }, '40'],
    ['group and store agree: there', { committed: 500, stored: 500 }, '500'],
    ['an old gap behind both is for verify', { committed: 500, stored: 500, gapAt: 100 }, '500'],
    ['the group is lost: the end of what is stored', { stored: 500 }, '500'],
    ['the group is behind: the end of what is stored', { committed: 200, stored: 500 }, '500'],
    ['a withdrawn first range: there', { committed: 40, low: 40 }, '40'],
    [
      'an open range, nothing stored of it',
      { committed: 500, announcedTo: 600, stored: 500 },
      'open from 500',
    ],
    ['an open range, stored', { committed: 500, announcedTo: 600, stored: 600 }, 'open from 500'],
    ['the first range of all is open', { committed: 0, announcedTo: 600 }, 'open from 0'],
    [
      'an open range with later ones stored: behind those',
      { committed: 500, announcedTo: 600, stored: 700 },
      '700',
    ],
    [
      'an open range that retention has reached, stored: to be read back',
      { committed: 500, announcedTo: 600, stored: 600, low: 550 },
      'open from 500, gone',
    ],
  ])('%s', (_name, given, expected) => {
    expect(at(given)).toBe(expected);
  });

  it.each<[string, Given, RegExp]>([
    [
      'a position beyond the log',
      { committed: 2_000, stored: 2_000 },
      /beyond the end of the log \(1000\).*topics adopt t --note/,
    ],
    ['stored ranges beyond the log', { stored: 2_000 }, /beyond the end of the log.*topics adopt/],
    [
      'an announcement beyond the log',
      { committed: 900, announcedTo: 1_100, stored: 900 },
      /beyond the end.*topics adopt/,
    ],
    [
      'messages gone before they were written',
      { committed: 500, stored: 500, low: 600 },
      /ranges abandon t 3 500 600 --note/,
    ],
    ['the same, with the group lost', { stored: 500, low: 600 }, /ranges abandon t 3 500 600/],
    [
      'an announced range gone before it was written',
      { committed: 500, announcedTo: 600, stored: 500, low: 550 },
      /ranges abandon t 3 500 550/,
    ],
    [
      'the first range of all, gone',
      { committed: 0, announcedTo: 600, low: 10 },
      /ranges abandon t 3 0 10/,
    ],
    [
      'an empty store behind a group that has read',
      { committed: 500 },
      /ClickHouse has no range.*topics adopt/,
    ],
    [
      'the same with an open range',
      { committed: 500, announcedTo: 600 },
      /ClickHouse has no range/,
    ],
    [
      'a store that ends before the group',
      { committed: 500, stored: 400 },
      /only up to 400.*ranges abandon t 3 400 500/,
    ],
    [
      'the same with an open range',
      { committed: 500, announcedTo: 600, stored: 400 },
      /only up to 400/,
    ],
    [
      'a gap after the group',
      { committed: 200, stored: 500, gapAt: 300 },
      /gap at 300 before they end at 500/,
    ],
    ['a gap, and the group lost', { stored: 500, gapAt: 300 }, /gap at 300/],
    [
      'a stored range that overlaps the open one',
      { committed: 500, announcedTo: 600, stored: 550 },
      /stored up to 550 under another end/,
    ],
  ])('stops at %s', (_name, given, message) => {
    expect(() => at(given)).toThrow(message);
  });
});
