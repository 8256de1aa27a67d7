import { describe, expect, it } from '@jest/globals';
import { parseArguments, UsageError } from './arguments.js';

describe('parseArguments', () => {
  it('measures half a million events in three rounds unless told', () => {
    expect(parseArguments(['ingest'])).toEqual({
      bench: 'ingest',
      events: 500_000,
      rounds: 3,
      rate: 2_000,
      seconds: 30,
      json: false,
      profile: undefined,
    });
  });

  it('takes every option, numbers also with separators', () => {
    const words = 'detect --events 20_000 --rounds=1 --rate 100 --seconds 5 --json --profile p';
    expect(parseArguments(words.split(' '))).toEqual({
      bench: 'detect',
      events: 20_000,
      rounds: 1,
      rate: 100,
      seconds: 5,
      json: true,
      profile: 'p',
    });
  });

  it.each([
    [[], 'Which bench?'],
    [['notify'], 'no bench "notify"'],
    [['ingest', 'detect'], 'One bench at a time'],
    [['ingest', '--events', '999'], '--events is "999"'],
    [['ingest', '--events', '1e9'], '--events is "1e9"'],
    [['ingest', '--rounds', '0'], '--rounds is "0"'],
    [['ingest', '--rounds', '1.5'], 'a whole number'],
    [['ingest', '--seconds='], '--seconds is ""'],
    [['ingest', '--fast'], '--fast'],
  ])('refuses %j and shows the usage', (words, problem) => {
    expect(() => parseArguments(words)).toThrow(UsageError);
    expect(() => parseArguments(words)).toThrow(problem);
    expect(() => parseArguments(words)).toThrow('Usage: npm run bench');
  });
});
