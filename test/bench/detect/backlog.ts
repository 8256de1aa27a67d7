import { CONSUMER_GROUPS, TOPICS } from '@keywatch/events';
import { readMetric, startApp, type RunningApp } from '../kit/app.js';
import { cpuSeconds, peakMemoryMb, watchOthers } from '../kit/machine.js';
import type { BenchStack } from '../kit/stack.js';
import { forgetGroup, untilJoined, type Played } from '../kit/topic.js';
import { until } from '../kit/waiting.js';

export interface BacklogRound {
  readonly round: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Alert events sent, repeats included, by rule. */
  readonly alerts: Readonly<Record<string, number>>;
  readonly peakMemoryMb: number | undefined;
  readonly cpuSeconds: number | undefined;
  /** Cores that processes of others used meanwhile. */
  readonly othersCores: number | undefined;
}

const LOOK_MS = 25;
const STALL_MS = 60_000;

/**
 * Times detection over the whole topic, without any state: from the moment it has its partitions until every message is
 * folded. Afterwards its state and position are forgotten.
 * @throws Error where messages are not folded, or planted anomalies told of no alert
 */
export async function runBacklog(
  stack: BenchStack,
  played: Played,
  round: number,
  signal: AbortSignal,
): Promise<BacklogRound> {
  const app = await startApp('detect', { ...stack.connections, KEYWATCH_LOG_FORMAT: 'text' });
  try {
    const beganAt = await Promise.race([
      untilJoined(stack, CONSUMER_GROUPS.detect, signal, app.lastLines),
      app.failed,
    ]);
    const cpuBefore = cpuSeconds(app.pid);
    const others = watchOthers([...stack.pids, app.pid]);
    const options = { signal, everyMs: LOOK_MS, stallMs: STALL_MS, why: app.lastLines };
    const folded = until(`Detection, round ${round}`, options, async (progress) => {
      const messages = sum(await readMetric(app, 'keywatch_detect_messages_total'));
      progress(messages);
      return messages >= played.events ? performance.now() : undefined;
    });
    const seconds = ((await Promise.race([folded, app.failed])) - beganAt) / 1000;
    const cpu = cpuSeconds(app.pid);
    const othersCores = others();
    const alerts = await checkedAlerts(app, played);
    return {
      round,
      seconds,
      eventsPerSecond: played.events / seconds,
      alerts,
      peakMemoryMb: peakMemoryMb(app.pid),
      cpuSeconds: cpu === undefined || cpuBefore === undefined ? undefined : cpu - cpuBefore,
      othersCores,
    };
  } finally {
    await app.stop();
    await forgetDetection(stack, signal);
  }
}

async function checkedAlerts(app: RunningApp, played: Played): Promise<Record<string, number>> {
  const outcomes = await readMetric(app, 'keywatch_detect_messages_total');
  for (const [labels, count] of outcomes) {
    if (!/"(folded|late)"/.test(labels) && count > 0) {
      throw new Error(`The bench is void: ${count} messages of the traffic were ${labels}.`);
    }
  }
  const alerts: Record<string, number> = {};
  for (const [labels, count] of await readMetric(app, 'keywatch_detect_alerts_total')) {
    alerts[/rule="([^"]*)"/.exec(labels)?.[1] ?? labels] = count;
  }
  for (const [rule, count] of Object.entries(alerts)) {
    const planted = played.planted[rule] ?? 0;
    if (count < planted) {
      throw new Error(
        `The bench is void: ${count} alerts of ${rule}, but ${planted} were planted.`,
      );
    }
  }
  if (sum(new Map(Object.entries(alerts))) === 0) {
    throw new Error('The bench is void: detection raised no alert.');
  }
  return alerts;
}

async function forgetDetection(stack: BenchStack, signal: AbortSignal): Promise<void> {
  await forgetGroup(stack, CONSUMER_GROUPS.detect, signal);
  const state = TOPICS.detectionState.name;
  await stack.admin.deleteTopics({ topics: [state] });
  await until(`Deletion of ${state}`, { signal, everyMs: 50, stallMs: 30_000 }, async () =>
    (await stack.admin.listTopics()).includes(state) ? undefined : true,
  );
}

function sum(values: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const value of values.values()) total += value;
  return total;
}
