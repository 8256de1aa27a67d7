import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startDetectLog, type DetectLog } from './detect-log.js';
import { startDetect, type DetectProcess } from './detect-process.js';
import { trafficWave } from './traffic.js';

/** Of a wave: enough to raise alerts on several days, and to be amid them at each step. */
const EVENTS = 700;

describe('detect, killed with kill -9', () => {
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

  it('at each step tells the alerts of an undisturbed run, each with the same body', async () => {
    const steps = ['alerts-sent:2', 'within-states:3', 'state-sent:2', 'committed:2'];
    for (const [wave, step] of steps.entries()) {
      await log.produce(trafficWave(wave, EVENTS));
      const detect = start({ KEYWATCH_TEST_KILL_AT: step });
      expect(await detect.ended).toBe('SIGKILL');
    }
    // Once more at no particular step.
    await log.produce(trafficWave(steps.length, EVENTS));
    const interrupted = start();
    await interrupted.line('State restored');
    interrupted.kill('SIGKILL');
    await interrupted.ended;

    // A step that is named in production kills nobody.
    const last = start({ NODE_ENV: 'production', KEYWATCH_TEST_KILL_AT: 'committed:1' });
    await log.caughtUp();
    last.kill('SIGTERM');
    expect(await last.ended).toBe(0);

    const expected = await log.expectedAlerts();
    expect(expected.size).toBeGreaterThan(50);
    const told = await log.alerts();
    expect(new Set(told.map(({ id }) => id))).toEqual(new Set(expected.keys()));
    for (const alert of told) expect(alert).toEqual(expected.get(alert.id));
    // A kill between alerts and state makes repeats, with ids that are known.
    expect(told.length).toBeGreaterThan(expected.size);
  }, 180_000);

  it('when it is the broker that is killed, goes on with the same alerts, restarted where it gave up', async () => {
    const supervisor = { stops: false };
    let detect = start();
    // As a supervisor: kafkajs gives up for good where it finds no coordinator, and the process then ends with code 1.
    const supervised = (async () => {
      for (;;) {
        const end = await detect.ended;
        if (supervisor.stops) return end;
        expect(end).toBe(1);
        detect = start();
      }
    })();
    await detect.joined();
    await log.produce(trafficWave(5, EVENTS));
    await log.restartBroker();
    await log.produce(trafficWave(6, EVENTS));
    await log.caughtUp(90_000);
    supervisor.stops = true;
    detect.kill('SIGTERM');
    expect(await supervised).toBe(0);
    const expected = await log.expectedAlerts();
    const told = await log.alerts();
    expect(new Set(told.map(({ id }) => id))).toEqual(new Set(expected.keys()));
  }, 180_000);
});
