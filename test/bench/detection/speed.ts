import { RULES, type Rule } from '@keywatch/detection';
import type { KeyEvent } from '@keywatch/events';
import { spread } from '../kit/statistics.js';
import { foldAll } from './accuracy.js';

/** Folding with one rule, or all, beside the engine without rules in the same round. */
export interface Speed {
  readonly rules: string;
  /** By processor second. */
  readonly eventsPerSecond: number;
  /** What the rules add to each event, microseconds. */
  readonly addedUsPerEvent: number;
  /** Its part of the time of an event, from 0 to 1. */
  readonly share: number;
}

/**
 * Each round folds the same events with no rule, each rule alone, and all of them. In processor seconds of the process,
 * garbage collection included, and the best of the rounds: others on the machine then change little.
 */
export function measureSpeed(
  events: readonly KeyEvent[],
  rounds: number,
  say: (line: string) => void,
): readonly Speed[] {
  const contestants: [name: string, rules: readonly Rule[]][] = [
    ['none', []],
    ...RULES.map((rule): [string, Rule[]] => [rule.id, [rule]]),
    ['all', RULES],
  ];
  const seconds = new Map(contestants.map(([name]) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, rules] of contestants) {
      const before = process.cpuUsage();
      foldAll(rules, events);
      const { user, system } = process.cpuUsage(before);
      // The first round warms up.
      if (round > 0) seconds.get(name)?.push((user + system) / 1e6);
    }
    if (round > 0) say(`speed: round ${round} of ${rounds}`);
  }
  const bare = spread(seconds.get('none') ?? []).min;
  return contestants.map(([rules]) => {
    const taken = spread(seconds.get(rules) ?? []).min;
    return {
      rules,
      eventsPerSecond: events.length / taken,
      addedUsPerEvent: ((taken - bare) * 1e6) / events.length,
      share: Math.max(0, (taken - bare) / taken),
    };
  });
}
