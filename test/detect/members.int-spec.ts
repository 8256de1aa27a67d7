import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@keywatch/events';
import { restoreState, KafkaChangelogLog, EventProducer } from '@keywatch/kafka';
import { startDetectLog, type DetectLog } from './detect-log.js';
import { startDetect, type DetectProcess } from './detect-process.js';
import { trafficWave } from './traffic.js';

describe('detect, several members of one group', () => {
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

  function start(): DetectProcess {
    const detect = startDetect(log.brokers);
    running.push(detect);
    return detect;
  }

  async function expectUndisturbed(): Promise<void> {
    const expected = await log.expectedAlerts();
    const told = await log.alerts();
    expect(new Set(told.map(({ id }) => id))).toEqual(new Set(expected.keys()));
    for (const alert of told) expect(alert).toEqual(expected.get(alert.id));
  }

  /** Keys of each partition by the state that stands, and their counts as the engine would have them. */
  async function storedKeys(): Promise<number> {
    const producer = new EventProducer(log.client);
    const changelog = new KafkaChangelogLog(TOPICS.detectionState.name, log.reader, producer);
    let keys = 0;
    for (let partition = 0; partition < TOPICS.detectionState.partitions; partition += 1) {
      keys += (await restoreState(changelog, partition)).entries.size;
    }
    return keys;
  }

  it('joining and leaving while events arrive: no alert is lost, none is extra', async () => {
    const stays = start();
    await stays.joined();
    for (let wave = 0; wave < 2; wave += 1) {
      await log.produce(trafficWave(wave, 800));
      const guest = start();
      await guest.joined();
      await log.produce(trafficWave(wave + 3, 800));
      await guest.line('State restored');
      guest.kill('SIGTERM');
      expect(await guest.ended).toBe(0);
    }
    await log.caughtUp();
    stays.kill('SIGTERM');
    expect(await stays.ended).toBe(0);
    await expectUndisturbed();
    expect(stays.lines.some(({ msg }) => msg === 'State of a partition given up')).toBe(true);
  }, 120_000);

  it('one asleep beyond its session while another takes over, then awake: the same', async () => {
    const sleeper = start();
    await sleeper.joined();
    await log.produce(trafficWave(10, 500));
    await log.caughtUp();
    await log.produce(trafficWave(11, 500));
    sleeper.kill('SIGSTOP');
    const heir = start();
    await heir.joined();
    await log.produce(trafficWave(12, 500));
    await log.caughtUp();
    sleeper.kill('SIGCONT');
    await log.produce(trafficWave(13, 500));
    await log.caughtUp();
    for (const detect of [sleeper, heir]) detect.kill('SIGTERM');
    await Promise.all([sleeper.ended, heir.ended]);
    await expectUndisturbed();
  }, 120_000);

  it('restores 5,000 keys', async () => {
    const before = await storedKeys();
    const first = start();
    const wave = trafficWave(14, 5_000, 5_000).map((message, i) => ({
      ...message,
      key: `many-${i}`,
      value: message.value.replace(/"subject":"[^"]*"/, `"subject":"many-${i}"`),
    }));
    await log.produce(wave);
    await log.caughtUp();
    first.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    const keys = await storedKeys();
    expect(keys - before).toBeGreaterThan(5_000);

    const second = start();
    await second.joined();
    await log.produce(trafficWave(15, 400));
    await log.caughtUp();
    const restores = second.lines.filter(({ msg }) => msg === 'State restored');
    expect(restores.map(({ partition }) => partition).sort()).toEqual([0, 1, 2, 3]);
    expect(restores.reduce((sum, { keys: found }) => sum + Number(found), 0)).toBe(keys);
    second.kill('SIGTERM');
    expect(await second.ended).toBe(0);
    await expectUndisturbed();
  }, 120_000);
});
