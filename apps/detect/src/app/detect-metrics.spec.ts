import { describe, expect, it } from '@jest/globals';
import { createLog, KillSwitch, Registry } from '@keywatch/platform';
import { anAlertEvent } from '@keywatch/testing';
import { DetectMetrics } from './detect-metrics.js';

function metrics() {
  const registry = new Registry();
  const lines: { level: string; msg: string; [fact: string]: unknown }[] = [];
  const log = createLog({
    app: 'detect',
    level: 'debug',
    format: 'json',
    destination: {
      write: (line) => lines.push(JSON.parse(line) as (typeof lines)[number]),
    },
  });
  const clock = { now: 10_000 };
  const kills: string[] = [];
  const killSwitch = new KillSwitch('committed:1', () => kills.push('killed'));
  const observer = new DetectMetrics(registry, log, killSwitch, () => clock.now);
  const value = async (name: string): Promise<number | undefined> => {
    const text = await registry.metrics();
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };
  return { observer, value, lines, clock, kills };
}

describe('DetectMetrics', () => {
  it('counts messages by outcome and alerts by rule', async () => {
    const { observer, value } = metrics();
    observer.folded(
      new Map([
        ['folded', 3],
        ['duplicate', 1],
      ]),
      0.5,
    );
    observer.alertsSent([anAlertEvent(), anAlertEvent()]);
    expect(await value('keywatch_detect_messages_total{outcome="folded"}')).toBe(3);
    expect(await value('keywatch_detect_messages_total{outcome="duplicate"}')).toBe(1);
    expect(await value('keywatch_detect_evaluation_seconds_total')).toBe(0.5);
    expect(await value('keywatch_detect_alerts_total{rule="stale-key"}')).toBe(2);
  });

  it('tells the lag in messages and in seconds: none at the end of the log', async () => {
    const { observer, value, clock } = metrics();
    observer.lag(1, 7, 4_000);
    clock.now = 12_000;
    expect(await value('keywatch_detect_lag_messages{partition="1"}')).toBe(7);
    expect(await value('keywatch_detect_lag_seconds{partition="1"}')).toBe(8);
    observer.lag(1, 0, 5_000);
    expect(await value('keywatch_detect_lag_seconds{partition="1"}')).toBe(0);
    observer.dropped(1, 'assigned to another member');
    expect(await value('keywatch_detect_lag_messages{partition="1"}')).toBeUndefined();
    expect(await value('keywatch_detect_lag_seconds{partition="1"}')).toBeUndefined();
  });

  it('warns once that keys are refused', () => {
    const { observer, lines } = metrics();
    for (let i = 0; i < 3; i += 1) observer.folded(new Map([['refused', 2]]), 0);
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(lines[0]?.msg).toContain('KEYWATCH_DETECT_UNKNOWN_KEYS');
  });

  it('says loudly what retention took away', async () => {
    const { observer, value, lines } = metrics();
    observer.missed(2, 40, 60);
    expect(await value('keywatch_detect_missed_messages_total')).toBe(20);
    expect(lines).toMatchObject([{ level: 'error', partition: 2, from: 40, to: 60 }]);
  });

  it('counts checkpoints and warns of those that failed and of other writers', async () => {
    const { observer, value, lines } = metrics();
    const facts = { records: 4, bytes: 100, foreign: 0, seconds: 0.2 };
    observer.checkpointed(0, { ...facts, outcome: 'committed' });
    observer.checkpointed(0, { ...facts, outcome: 'send-failed', error: new Error('no broker') });
    observer.checkpointed(0, { ...facts, outcome: 'committed', foreign: 2 });
    expect(await value('keywatch_detect_checkpoints_total{outcome="committed"}')).toBe(2);
    expect(await value('keywatch_detect_checkpoint_records_total')).toBe(12);
    expect(await value('keywatch_detect_foreign_states_total')).toBe(2);
    const warnings = lines.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
    expect(warnings).toEqual([
      'Checkpoint failed; the next one catches up',
      'Found states of another writer',
    ]);
  });

  it('passes steps on to the kill switch', () => {
    const { observer, kills } = metrics();
    observer.passed('state-sent');
    observer.passed('committed');
    expect(kills).toEqual(['killed']);
  });
});
