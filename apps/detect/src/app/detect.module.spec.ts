import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY } from '@keywatch/detection';
import { createRegistry, createLog, KillSwitch, SystemClock } from '@keywatch/platform';
import type { EpochListener } from '@keywatch/kafka';
import { MemoryChangelog } from '@keywatch/testing';
import { Test } from '@nestjs/testing';
import { Checkpointer } from '../fold/checkpointer.js';
import { Detector } from '../fold/detector.js';
import { DetectController } from './detect.controller.js';
import { DetectLifecycle } from './detect-lifecycle.js';
import { DetectMetrics } from './detect-metrics.js';
import { DetectModule, type DetectModuleOptions } from './detect.module.js';

async function start(over: Partial<DetectModuleOptions> = {}) {
  const listeners: EpochListener[] = [];
  const done: string[] = [];
  const log = createLog({ app: 'detect', level: 'silent', format: 'json' });
  const observer = new DetectMetrics(
    createRegistry('detect'),
    log,
    new KillSwitch(undefined),
    () => 0,
  );
  const module = DetectModule.forRoot({
    settings: { policy: DEFAULT_POLICY, latenessMs: 0, unknownKeys: 10 },
    checkpointMs: 1000,
    hotKeys: 10,
    changelog: new MemoryChangelog(),
    positions: {
      committed: () => Promise.resolve(undefined),
      bounds: () => Promise.resolve({ low: 0, high: 0 }),
    },
    alerts: { publish: () => Promise.resolve() },
    observer,
    clock: new SystemClock(),
    resources: {
      onEpoch: (listener) => listeners.push(listener),
      close: () => {
        done.push('closed');
        return Promise.resolve();
      },
    },
    onFatal: () => undefined,
    ...over,
  });
  const compiled = await Test.createTestingModule({ imports: [module] }).compile();
  await compiled.init();
  const tell: EpochListener = (...facts) => {
    for (const listener of listeners) listener(...facts);
  };
  return { compiled, tell, done };
}

describe('DetectModule', () => {
  it('compiles with everything a controller needs', async () => {
    const { compiled } = await start();
    expect(compiled.get(DetectController)).toBeInstanceOf(DetectController);
    expect(compiled.get(Detector)).toBeInstanceOf(Detector);
    expect(compiled.get(Checkpointer)).toBeInstanceOf(Checkpointer);
    await compiled.close();
  });

  it('refuses wrong rule settings', async () => {
    const policy = { ...DEFAULT_POLICY, rules: { 'multi-environment-use': { windowHours: 0 } } };
    const settings = { policy, latenessMs: 0, unknownKeys: 10 };
    await expect(start({ settings })).rejects.toThrow('multi-environment-use.windowHours: ');
  });

  it('is ready while it is a member of its group', async () => {
    const { compiled, tell } = await start();
    const lifecycle = compiled.get(DetectLifecycle);
    expect(lifecycle.problems).toHaveLength(1);
    tell(1, 'consumer.group_join', { 'keywatch.key-events': [0] });
    expect(lifecycle.problems).toEqual([]);
    tell(2, 'consumer.rebalancing');
    expect(lifecycle.problems).toHaveLength(1);
    await compiled.close();
  });

  it('closes its connections at the end', async () => {
    const { compiled, done } = await start();
    await compiled.close();
    expect(done).toEqual(['closed']);
  });
});
