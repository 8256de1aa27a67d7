import type { RuleProbe } from '@keywatch/detection';
import type { AlertEvent } from '@keywatch/events';
import {
  Counter,
  Gauge,
  Histogram,
  type KillSwitch,
  type Log,
  type Registry,
} from '@keywatch/platform';
import {
  DetectObserver,
  type CheckpointFacts,
  type RestoreFacts,
  type Step,
} from '../fold/ports.js';

/** Two readings of a clock per rule cost as much as a rule: one event in so many is looked at. */
const PROBE_EVERY = 256;

/** Tells what detection does, as metrics and log lines. */
export class DetectMetrics extends DetectObserver {
  private readonly messages: Counter;
  private readonly foldSeconds: Counter;
  private readonly alerts: Counter;
  private readonly lagMessages: Gauge;
  private readonly restoreSeconds: Histogram;
  private readonly keys: Gauge;
  private readonly checkpoints: Counter;
  private readonly checkpointRecords: Counter;
  private readonly checkpointBytes: Counter;
  private readonly checkpointSeconds: Histogram;
  private readonly foreign: Counter;
  private readonly drops: Counter;
  private readonly missedMessages: Counter;
  private readonly ruleSeconds: Histogram;
  /** By partition: how many messages are waiting, and the log time of the last one folded, in ms. */
  private readonly positions = new Map<number, { waiting: number; logTimeMs: number }>();
  private refused = 0;

  constructor(
    registry: Registry,
    private readonly log: Log,
    private readonly killSwitch: KillSwitch<Step>,
    private readonly now: () => number,
  ) {
    super();
    const registers = [registry];
    const name = (suffix: string): string => `keywatch_detect_${suffix}`;
    const seconds = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100];
    this.messages = new Counter({
      name: name('messages_total'),
      help: 'Messages by what became of them: folded, late, duplicate, already-folded, undecodable (ingest records them), refused (a key nobody issued, beyond the bound of its day).',
      labelNames: ['outcome'],
      registers,
    });
    this.foldSeconds = new Counter({
      name: name('evaluation_seconds_total'),
      help: 'Time spent decoding and evaluating.',
      registers,
    });
    this.alerts = new Counter({
      name: name('alerts_total'),
      help: 'Alert events sent and acknowledged, repeats included.',
      labelNames: ['rule'],
      registers,
    });
    this.lagMessages = new Gauge({
      name: name('lag_messages'),
      help: 'Messages of the log that are not evaluated yet.',
      labelNames: ['partition'],
      registers,
    });
    new Gauge({
      name: name('lag_seconds'),
      help: 'Age of the last evaluated message where more are waiting, else 0.',
      labelNames: ['partition'],
      registers,
      collect: this.lagCollector(),
    });
    this.restoreSeconds = new Histogram({
      name: name('restore_seconds'),
      help: 'Time to bring the state of a partition into memory.',
      buckets: seconds,
      registers,
    });
    this.keys = new Gauge({
      name: name('keys'),
      help: 'Keys with state when the partition was restored.',
      labelNames: ['partition'],
      registers,
    });
    this.checkpoints = new Counter({
      name: name('checkpoints_total'),
      help: 'Checkpoints of the state by outcome.',
      labelNames: ['outcome'],
      registers,
    });
    this.checkpointRecords = new Counter({
      name: name('checkpoint_records_total'),
      help: 'States written by checkpoints.',
      registers,
    });
    this.checkpointBytes = new Counter({
      name: name('checkpoint_bytes_total'),
      help: 'Bytes of keys and states written by checkpoints.',
      registers,
    });
    this.checkpointSeconds = new Histogram({
      name: name('checkpoint_seconds'),
      help: 'Duration of a checkpoint.',
      buckets: seconds,
      registers,
    });
    this.foreign = new Counter({
      name: name('foreign_states_total'),
      help: "States in the changelog that this member didn't write, found by a gap.",
      registers,
    });
    this.drops = new Counter({
      name: name('partitions_dropped_total'),
      help: 'Partitions whose memory was given up: rebalance, error, gap.',
      registers,
    });
    this.ruleSeconds = new Histogram({
      name: name('rule_seconds'),
      help: `Time of one evaluation of a rule, of one event in ${PROBE_EVERY}.`,
      labelNames: ['rule'],
      buckets: [1e-6, 3e-6, 1e-5, 1e-4, 1e-3, 1e-2],
      registers,
    });
    this.missedMessages = new Counter({
      name: name('missed_messages_total'),
      help: 'Messages that retention removed before they were evaluated.',
      registers,
    });
  }

  /** Looks at rules seldom enough to cost less than 1 % of them. */
  probe(): RuleProbe {
    return {
      every: PROBE_EVERY,
      now: () => performance.now(),
      evaluated: (rule, ms) => {
        this.ruleSeconds.observe({ rule }, ms / 1000);
      },
    };
  }

  override folded(outcomes: ReadonlyMap<string, number>, seconds: number): void {
    for (const [outcome, count] of outcomes) this.messages.inc({ outcome }, count);
    this.foldSeconds.inc(seconds);
    const refused = outcomes.get('refused') ?? 0;
    if (refused > 0 && this.refused === 0) {
      this.log.warn(
        'Requests of new keys that nobody issued are not watched any more today: there are too many. KEYWATCH_DETECT_UNKNOWN_KEYS is the bound; keywatch_detect_messages_total{outcome="refused"} counts them',
      );
    }
    this.refused += refused;
  }

  override alertsSent(alerts: readonly AlertEvent[]): void {
    for (const { alert } of alerts) this.alerts.inc({ rule: alert.rule });
  }

  override restored({ seconds, ...facts }: RestoreFacts): void {
    this.restoreSeconds.observe(seconds);
    this.keys.set({ partition: facts.partition }, facts.keys);
    this.log.info({ ...facts, seconds: rounded(seconds) }, 'State restored');
  }

  override lag(partition: number, messages: number, logTimeMs: number): void {
    this.lagMessages.set({ partition }, messages);
    this.positions.set(partition, { waiting: messages, logTimeMs });
  }

  override checkpointed(partition: number, facts: CheckpointFacts): void {
    const { outcome, records, bytes, foreign, seconds, error } = facts;
    this.checkpoints.inc({ outcome });
    this.checkpointRecords.inc(records);
    this.checkpointBytes.inc(bytes);
    this.checkpointSeconds.observe(seconds);
    this.foreign.inc(foreign);
    const line = { partition, outcome, records, bytes, seconds: rounded(seconds) };
    if (foreign > 0) this.log.warn({ ...line, foreign }, 'Found states of another writer');
    if (outcome === 'send-failed' || outcome === 'commit-failed') {
      this.log.warn({ ...line, err: error }, 'Checkpoint failed; the next one catches up');
    } else this.log.debug(line, 'Checkpoint');
  }

  override dropped(partition: number, reason: string): void {
    this.drops.inc();
    this.lagMessages.remove({ partition });
    this.positions.delete(partition);
    this.log.info({ partition, reason }, 'State of a partition given up');
  }

  override missed(partition: number, from: number | undefined, to: number): void {
    this.missedMessages.inc(from === undefined ? 0 : to - from);
    this.log.error(
      { partition, from, to },
      'Retention removed messages before they were evaluated: alerts may be missing for them',
    );
  }

  override settingsHold(partition: number, from: number): void {
    this.log.info({ partition, from }, 'Settings hold from this offset on');
  }

  override passed(step: Step): void {
    this.killSwitch.passed(step);
  }

  private lagCollector(): (this: Gauge) => void {
    const { positions, now } = this;
    return function (this: Gauge) {
      this.reset();
      for (const [partition, { waiting, logTimeMs }] of positions) {
        this.set({ partition }, waiting === 0 ? 0 : Math.max(0, (now() - logTimeMs) / 1000));
      }
    };
  }
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
