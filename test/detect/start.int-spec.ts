import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPICS, encodeKeyEvent, type AlertEvent, type OutgoingMessage } from '@keywatch/events';
import { createTopics } from '@keywatch/kafka';
import { startDetectLog, type DetectLog } from './detect-log.js';
import { startDetect, type DetectProcess } from './detect-process.js';
import { trafficWave } from './traffic.js';

const { keyEvents, detectionState, alertEvents } = TOPICS;

/** Requests of one key in two environments, on a day of its own. */
function mixedUse(keyId: string, day: number, environments: readonly string[]): OutgoingMessage[] {
  return environments.map((environment, i) =>
    encodeKeyEvent({
      id: `${keyId}-${day}-${i}`,
      source: '/spec',
      type: 'keywatch.key.request-made.v1',
      subject: keyId,
      time: new Date(Date.now() - (30 - day) * 86_400_000 + i * 1000).toISOString(),
      data: { environment, status: 200 },
    }),
  );
}

describe('detect, started', () => {
  let log: DetectLog;
  const running: DetectProcess[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'keywatch-detect-start-'));
  const rulesFile = join(folder, 'keywatch.yaml');

  beforeAll(async () => {
    log = await startDetectLog();
  }, 180_000);
  afterEach(() => {
    for (const detect of running) if (detect.isRunning()) detect.kill('SIGKILL');
  });
  afterAll(async () => {
    await log.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  function start(env: Record<string, string> = {}): DetectProcess {
    const detect = startDetect(log.brokers, env);
    running.push(detect);
    return detect;
  }

  async function stop(detect: DetectProcess): Promise<void> {
    detect.kill('SIGTERM');
    expect(await detect.ended).toBe(0);
  }

  it('serves health and metrics, and ends with code 0 and everything stored', async () => {
    const detect = start();
    await detect.joined();
    await log.produce(trafficWave(0, 300));
    await detect.line('State restored');
    expect(await detect.get('/health/live')).toContain('live');
    await log.caughtUp();
    const metrics = await detect.get('/metrics');
    expect(metrics).toMatch(/keywatch_detect_messages_total\{outcome="folded",app="detect"\} \d+/);
    expect(metrics).toMatch(/keywatch_detect_messages_total\{outcome="undecodable".* \d+/);
    expect(metrics).toMatch(/keywatch_detect_alerts_total\{rule="multi-environment-use".* \d+/);
    await log.produce(trafficWave(1, 300));
    await stop(detect);
    const next = start();
    // What was stored is enough to be caught up: wait for the process, too, or the signal ends a start.
    await next.joined();
    await log.caughtUp();
    await stop(next);
  }, 60_000);

  it('lets changed settings hold for what arrives after the change', async () => {
    const ids = async (): Promise<string[]> =>
      (await log.alerts()).map(({ alert }) => alert.keyId).filter((key) => key.startsWith('set-'));
    const first = start();
    await log.produce(mixedUse('set-before', 1, ['production', 'staging']));
    await log.caughtUp();
    await stop(first);
    // These arrive while nobody runs, before the change.
    await log.produce(mixedUse('set-waiting', 2, ['production', 'staging']));
    writeFileSync(rulesFile, 'rules: { multi-environment-use: { minEnvironments: 3 } }\n');
    const second = start({ KEYWATCH_RULES_FILE: rulesFile });
    await second.joined();
    await log.caughtUp();
    await log.produce(mixedUse('set-two', 3, ['production', 'staging']));
    await log.produce(mixedUse('set-three', 4, ['production', 'staging', 'test']));
    await log.caughtUp();
    await stop(second);
    const told = new Set(await ids());
    expect(told).toEqual(new Set(['set-before', 'set-waiting', 'set-three']));
  }, 60_000);

  it('takes up a settings file that changes while it runs, refuses a wrong one, and tells the same after a kill', async () => {
    const told = async (): Promise<Map<string, AlertEvent>> => {
      const alerts = (await log.alerts()).filter(({ alert }) => alert.keyId.startsWith('live-'));
      return new Map(alerts.map((alert) => [alert.alert.keyId, alert]));
    };
    const loads = async (detect: DetectProcess, outcome: string): Promise<void> => {
      const line = `keywatch_rules_file_loads_total{outcome="${outcome}",app="detect"} 1`;
      while (!(await detect.get('/metrics')).includes(line)) await delay(50);
    };
    const two = ['production', 'staging'];
    writeFileSync(rulesFile, 'rules: {}\n');
    // Stores nothing by itself, so that a kill makes it fold again what it folded.
    const env = {
      KEYWATCH_RULES_FILE: rulesFile,
      KEYWATCH_RULES_POLL_MS: '50',
      KEYWATCH_DETECT_CHECKPOINT_MS: '600000',
    };
    const first = start(env);
    await first.joined();
    await log.produce(mixedUse('live-before', 5, two));
    while (!(await told()).has('live-before')) await delay(50);

    writeFileSync(rulesFile, 'rules: { multi-environment-use: { minEnvironment: 3 } }\n');
    await loads(first, 'refused');
    expect(await first.get('/metrics')).toContain('keywatch_rules_file_refused{app="detect"} 1');
    const refusal = await first.line(
      'Settings file of detection refused; what held before goes on holding',
    );
    expect(refusal['problems']).toContain(
      '1:35 rules.multi-environment-use.minEnvironment: there is no "minEnvironment" here; did you mean "minEnvironments"?',
    );
    await log.produce(mixedUse('live-refused', 6, two));
    while (!(await told()).has('live-refused')) await delay(50);

    writeFileSync(
      rulesFile,
      `exceptions: [{ rule: multi-environment-use, key: live-excepted, reason: a spec, expires: 2100-01-01 }]\n`,
    );
    await loads(first, 'held');
    await log.produce(mixedUse('live-excepted', 7, two));
    await log.produce(mixedUse('live-after', 7, two));
    while (!(await told()).has('live-after')) await delay(50);
    const before = await told();
    first.kill('SIGKILL');
    await first.ended;

    // The file says something else again: what is in the log already keeps what held for it.
    writeFileSync(rulesFile, 'rules: { multi-environment-use: { enabled: false } }\n');
    const second = start({ KEYWATCH_RULES_FILE: rulesFile });
    await log.produce(mixedUse('live-off', 8, two));
    await log.caughtUp();
    await stop(second);
    const after = await told();
    after.delete('live-off');
    expect(after).toEqual(before);
    expect([...after.keys()].sort()).toEqual(['live-after', 'live-before', 'live-refused']);
  }, 60_000);

  it('says what is wrong with its settings', async () => {
    writeFileSync(rulesFile, 'rules:\n  nonsense: {}\n');
    const detect = start({ KEYWATCH_RULES_FILE: rulesFile });
    expect(await detect.ended).toBe(1);
    expect(detect.lines.map(({ msg }) => msg).join('\n')).toContain(
      '2:3 rules.nonsense: there is no "nonsense" here',
    );
  }, 60_000);

  it('goes on where retention was faster, and says what was missed', async () => {
    const before = await log.admin.fetchTopicOffsets(keyEvents.name);
    await log.produce(trafficWave(2, 400));
    const after = await log.admin.fetchTopicOffsets(keyEvents.name);
    await log.admin.deleteTopicRecords({
      topic: keyEvents.name,
      partitions: after.map(({ partition, high }) => ({ partition, offset: high })),
    });
    const detect = start();
    await detect.joined();
    await log.produce(trafficWave(3, 400));
    const missed = await detect.line(
      'Retention removed messages before they were evaluated: alerts may be missing for them',
    );
    const at = before.find(({ partition }) => partition === missed['partition']);
    expect(missed).toMatchObject({ level: 'error', from: Number(at?.high) });
    await log.caughtUp();
    await stop(detect);
  }, 60_000);

  it('refuses a log that was created anew under its state', async () => {
    await log.admin.deleteTopics({ topics: [keyEvents.name] });
    await created(keyEvents.name, 4, keyEvents.config);
    await log.produce(trafficWave(4, 50));
    const detect = start();
    expect(await detect.ended).toBe(1);
    const said = detect.lines.map(({ msg }) => msg).join('\n');
    expect(said).toContain('the topic was created anew');
    expect(said).toContain('delete the topic keywatch.detection-state');
  }, 60_000);

  it('refuses topics that do not fit, naming every problem', async () => {
    await log.admin.deleteTopics({ topics: [keyEvents.name] });
    await created(keyEvents.name, 3, { 'message.timestamp.type': 'CreateTime' });
    const detect = start();
    expect(await detect.ended).toBe(1);
    const said = detect.lines.map(({ msg }) => msg).join('\n');
    expect(said).toContain(
      `${keyEvents.name} has 3 partitions and ${detectionState.name} has ${detectionState.partitions}`,
    );
    expect(said).toContain('message.timestamp.type=LogAppendTime');
    expect(await log.admin.listTopics()).toContain(alertEvents.name);
  }, 60_000);

  /** A deleted topic's name is free a moment later. */
  async function created(
    topic: string,
    numPartitions: number,
    config: Readonly<Record<string, string>>,
  ): Promise<void> {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    const topics = [{ topic, numPartitions, configEntries }];
    while (!(await log.admin.createTopics({ topics, waitForLeaders: false }))) await delay(50);
    await createTopics(log.admin, topics);
  }
});
