import { describe, expect, it } from '@jest/globals';
import { createEngine } from '../../engine/engine.js';
import { ms, run, scenarioOf, used, type Arrival } from '../../spec-kit/index.js';
import { newCaller } from './new-caller.rule.js';

const rule = scenarioOf(newCaller);
const BACKUP = 'rclone/v1.66.0';
const CLI = 'aws-cli/2.17.5 ua/2.0 os/linux#5.4.0';
const MAC = 'aws-cli/2.17.5 ua/2.0 os/macos#23.5.0';

const use = (at: string, sourceIp: string, userAgent: string, status = 200, key = 'key-1') =>
  used({ at, sourceIp, userAgent, status, key });

/** A use on each of so many days from 2026-03-01 on. */
const daily = (
  count: number,
  addressOf: (day: number) => string = () => '192.0.2.7',
  agentOf: (day: number) => string = () => BACKUP,
  key = 'key-1',
): Arrival[] =>
  Array.from({ length: count }, (_, i) => {
    const at = new Date(ms('2026-03-01T02:00Z') + i * 86_400_000).toISOString();
    return use(at, addressOf(i), agentOf(i), 200, key);
  });

describe('new-caller fires', () => {
  it('for a stolen key that is let in: another program from another network', () => {
    rule
      .given(...daily(9))
      .when(use('2026-03-10T11:00Z', '198.51.100.4', CLI))
      .thenAlerts([
        {
          severity: 'high',
          window: 'new caller',
          sentence:
            'Key key-1 was used at 2026-03-10 11:00:00 UTC from 198.51.100.4 with aws-cli linux; neither the network nor the ' +
            'program was there before (1 network, rclone), and the request was served. Ask the owner whether they moved or ' +
            'set up something; if not, revoke the key and see what it did.',
          evidence: {
            facts: { networksBefore: ['192.0.2.0/24'], programsBefore: ['rclone'] },
            query:
              "SELECT *\nFROM requests\nWHERE tenant_id = 'default'\n  AND lane = 'live'\n  AND key_id = 'key-1'\n" +
              "  AND time >= '2026-03-10 00:00:00.000'\n  AND time <= '2026-03-10 23:59:59.999'\n" +
              "  AND source_address BETWEEN toIPv6('::ffff:198.51.100.0') AND toIPv6('::ffff:198.51.100.255')\n" +
              `  AND user_agent = '${CLI}'\nORDER BY time, event_id`,
          },
        },
      ]);
  });

  it('for the same program on another system', () => {
    rule
      .given(...daily(9, undefined, () => MAC))
      .when(use('2026-03-10T11:00Z', '198.51.100.4', CLI, 403))
      .thenAlerts([{ severity: 'medium' }]);
  });

  it('once, whatever follows from how many networks; again when it is served, anew after a quiet week', () => {
    rule
      .given(...daily(9))
      .when(
        use('2026-03-10T23:55Z', '198.51.100.4', CLI, 403),
        use('2026-03-11T00:05Z', '203.0.113.9', 'Boto3/1.34 Linux/5', 200),
        use('2026-03-12T10:00Z', '198.51.100.4', CLI),
        use('2026-03-24T10:00Z', '233.252.0.1', 'curl/8.5.0'),
      )
      .thenAlerts([
        { window: 'new caller', severity: 'medium' },
        { window: 'new caller', severity: 'high' },
        { window: 'new caller, anew after 2026-03-11' },
      ]);
  });
});

describe('new-caller is silent', () => {
  it('about a hotel or a hotspot, and about a new SDK: either alone is everyday', () => {
    rule
      .given(...daily(9))
      .when(
        use('2026-03-10T11:00Z', '198.51.100.4', BACKUP),
        use('2026-03-10T12:00Z', '192.0.2.7', CLI),
        use('2026-03-20T12:00Z', '203.0.113.4', 'rclone/v1.70.1'),
      )
      .thenSilent();
  });

  it('about CI runners and auto-scaling fleets, which have a new network each time', () => {
    rule
      .given(...daily(12, (day) => `10.0.${day}.1`))
      .when(use('2026-03-13T11:00Z', '198.51.100.4', CLI))
      .thenSilent();
  });

  it('about keys of many programs', () => {
    rule
      .given(...daily(12, undefined, (day) => `tool-${'abcdefghijkl'.charAt(day)}/1`))
      .when(use('2026-03-13T11:00Z', '198.51.100.4', CLI))
      .thenSilent();
  });

  it('about keys that are not known for 7 days, and temporary ones', () => {
    rule
      .given(...daily(6))
      .when(use('2026-03-20T11:00Z', '198.51.100.4', CLI))
      .thenSilent();
    rule
      .given(...daily(9, undefined, undefined, 'ASIAEXAMPLE'))
      .when(use('2026-03-10T11:00Z', '198.51.100.4', CLI, 200, 'ASIAEXAMPLE'))
      .thenSilent();
  });

  it('about services that call for the owner, unknown agents and secrets that were not accepted', () => {
    rule
      .given(...daily(9))
      .when(
        use('2026-03-10T11:00Z', 'cloudformation.amazonaws.com', 'cloudformation.amazonaws.com'),
        use('2026-03-10T11:01Z', '198.51.100.4', 'AWS Internal'),
        used({ at: '2026-03-10T11:02Z', sourceIp: '198.51.100.4' }),
        use('2026-03-10T11:03Z', '198.51.100.4', CLI, 401),
      )
      .thenSilent();
  });

  it('about a service that moved, from its third day on', () => {
    rule
      .given(...daily(9), use('2026-03-10T02:00Z', '198.51.100.4', CLI))
      .when(...[11, 12, 13, 30].map((day) => use(`2026-03-${day}T02:00Z`, '198.51.100.4', CLI)))
      .thenSilent();
  });
});

describe('the state of new-caller', () => {
  const engine = createEngine({ rules: [newCaller], recentIdentities: 0 });

  it('stays within the stated bytes whatever arrives', () => {
    const settings = { learnDays: 30, mostNetworks: 16, mostPrograms: 16 };
    const most = createEngine({
      rules: [newCaller],
      settings: { 'new-caller': settings },
      recentIdentities: 0,
    });
    const flood = daily(
      60,
      (day) => `2001:db8:${day.toString(16)}::1`,
      (day) => `\u0001${'\u0002'.repeat(40)}${day}/1`,
    );
    const { maxBytes } = run(most, flood, true);
    expect(maxBytes).toBeLessThan(newCaller.stateBytes);
    expect(maxBytes).toBeGreaterThan(newCaller.stateBytes / 8);
  });

  it('takes about 100 bytes of a key with one caller', () => {
    expect(run(engine, daily(30), true).maxBytes).toBeLessThan(200);
  });
});
