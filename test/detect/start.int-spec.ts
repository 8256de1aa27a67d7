import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPICS, encodeKeyEvent, type OutgoingMessage } from '@keywatch/events';
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

  beforeAll(async () => {
    log = await startDetectLog();
  }, 180_000);
  afterEach(() => {
    for (const detect of running) if (detect.isRunning()) detect.kill('SIGKILL');
  });
  afterAll(async () => {
    await log.stop();
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
    const rules = '{"multi-environment-use":{"minEnvironments":3}}';
    const second = start({ KEYWATCH_DETECT_RULES: rules });
    await second.joined();
    await log.caughtUp();
    await log.produce(mixedUse('set-two', 3, ['production', 'staging']));
    await log.produce(mixedUse('set-three', 4, ['production', 'staging', 'test']));
    await log.caughtUp();
    await stop(second);
    const told = new Set(await ids());
    expect(told).toEqual(new Set(['set-before', 'set-waiting', 'set-three']));
  }, 60_000);

  it('says what is wrong with its settings', async () => {
    const detect = start({ KEYWATCH_DETECT_RULES: '{"nonsense":{}}' });
    expect(await detect.ended).toBe(1);
    expect(detect.lines.map(({ msg }) => msg).join('\n')).toContain('nonsense: no such rule');
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
    for (;;) {
      try {
        if (await log.admin.createTopics({ topics: [{ topic, numPartitions, configEntries }] }))
          return;
      } catch (error) {
        if (!JSON.stringify(error).includes('TOPIC_ALREADY_EXISTS')) throw error;
      }
    }
  }
});
