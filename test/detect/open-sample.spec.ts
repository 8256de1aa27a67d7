import { beforeAll, describe, expect, it } from '@jest/globals';
import type { KeyEvent } from '@keywatch/events';
import { generator, shuffled } from '../failures/random.js';
import { alertsOnStream, decodedSample } from './sample-alerts.js';

/** The table of docs/open-sample.md. */
const INVICTUS = [
  'AKIATFQR7NSC8Q4X20BJ scanner-user-agent high',
  'ASIATFQR7NSC2632JLFK scanner-user-agent medium',
  'ASIATFQR7NSC7TITDFL2 scanner-user-agent medium',
  'ASIATFQR7NSCVW2R4OHT scanner-user-agent medium',
  'ASIATFQR7NSCWLLE7IWW auth-failure-burst medium',
  'ASIATFQR7NSCWLLE7IWW scanner-user-agent medium',
  'ASIATFQR7NSCXLFJ4S5E scanner-user-agent medium',
];

const LATENESS_MS = 15 * 60_000;

/** In another order, none further behind than the lateness allows. */
function jumbled(events: readonly KeyEvent[], seed: number): KeyEvent[] {
  const random = generator(seed);
  return events
    .map((event) => ({ event, atMs: event.timeMs + random() * LATENESS_MS }))
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ event }) => event);
}

describe('the open samples', () => {
  let invictus: KeyEvent[];
  let exfiltration: KeyEvent[];
  beforeAll(async () => {
    invictus = await decodedSample('invictus');
    exfiltration = await decodedSample('ec2_proxy_exfiltration');
  });

  it('name the keys of the attacker, each once by each rule, and nobody else', () => {
    expect([...alertsOnStream(invictus).values()].sort()).toEqual(INVICTUS);
    expect([...alertsOnStream(exfiltration).values()]).toEqual([]);
  });

  it('give the same alerts in any order within the lateness, and twice', () => {
    const wanted = [...alertsOnStream(invictus)].sort();
    for (const seed of [1, 2, 3]) {
      const other = jumbled(invictus, seed);
      expect([...alertsOnStream(other)].sort()).toEqual(wanted);
      expect([...alertsOnStream([...other, ...invictus])].sort()).toEqual(wanted);
      expect(
        [...alertsOnStream(shuffled([...invictus, ...other], generator(seed)))].sort(),
      ).toEqual(wanted);
    }
  });
});
