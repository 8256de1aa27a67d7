import { beforeAll, describe, expect, it } from '@jest/globals';
import { createEngine, RULES, type KeyRecord } from '@keywatch/detection';
import { decodeKeyEvent, encodeKeyEvent, type KeyEvent } from '@keywatch/events';
import { eventsOf } from '../api/cloudtrail.js';
import { generator, shuffled } from '../failures/random.js';

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
const IMPORTED_MS = Date.UTC(2026, 2, 1);

async function sample(name: 'invictus' | 'ec2_proxy_exfiltration'): Promise<KeyEvent[]> {
  return (await eventsOf(name)).map((outgoing) => {
    const decoded = decodeKeyEvent({ value: Buffer.from(encodeKeyEvent(outgoing).value) });
    if (decoded.kind !== 'ok') throw new Error(JSON.stringify(decoded));
    return decoded.event;
  });
}

/** Alerts as they end up: id, and key, rule and severity in words. */
function alertsOf(events: readonly KeyEvent[]): ReadonlyMap<string, string> {
  const engine = createEngine({ rules: RULES });
  const records = new Map<string, KeyRecord>();
  const told = new Map<string, string>();
  events.forEach((event, offset) => {
    const name = engine.recordKey(event);
    const position = { partition: 0, offset, logTimeMs: IMPORTED_MS + offset };
    const { record, alerts } = engine.fold(records.get(name), event, position);
    records.set(name, record);
    for (const { alert } of alerts)
      told.set(alert.alertId, `${alert.keyId} ${alert.rule} ${alert.severity}`);
  });
  return told;
}

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
    invictus = await sample('invictus');
    exfiltration = await sample('ec2_proxy_exfiltration');
  });

  it('name the keys of the attacker, each once by each rule, and nobody else', () => {
    expect([...alertsOf(invictus).values()].sort()).toEqual(INVICTUS);
    expect([...alertsOf(exfiltration).values()]).toEqual([]);
  });

  it('give the same alerts in any order within the lateness, and twice', () => {
    const wanted = [...alertsOf(invictus)].sort();
    for (const seed of [1, 2, 3]) {
      const other = jumbled(invictus, seed);
      expect([...alertsOf(other)].sort()).toEqual(wanted);
      expect([...alertsOf([...other, ...invictus])].sort()).toEqual(wanted);
      expect([...alertsOf(shuffled([...invictus, ...other], generator(seed)))].sort()).toEqual(
        wanted,
      );
    }
  });
});
