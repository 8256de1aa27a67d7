import {
  ALL_PRODUCERS,
  backendVerdict,
  compileExceptions,
  pipelineGap,
  quietVerdicts,
  readerSubject,
  readerVerdicts,
  RHYTHM_MS,
  storeVerdict,
  ToldTroubles,
  type DetectionException,
  type PipelineGapSettings,
  type Reader,
  type Verdict,
} from '@keywatch/detection';
import type { AlertEvent } from '@keywatch/events';
import type { Clock } from '@keywatch/platform';
import { BackendWatch } from './backend-watch.js';
import type { AlertLog, PipelineFacts } from './ports.js';
import { StillPositions } from './still-positions.js';

/** What holds for the check. */
export interface PipelinePlan {
  readonly enabled: boolean;
  readonly settings: PipelineGapSettings;
  readonly exceptions: readonly DetectionException[];
}

export interface PipelineWatchOptions {
  readonly plan: PipelinePlan;
  readonly facts: PipelineFacts;
  readonly log: AlertLog;
  readonly clock: Clock;
  /** Producers may be late by this, in ms: so long their silence is none. */
  readonly latenessMs: number;
  /** What is stored is looked at this often, in ms: gaps don't come and go, and silences are of minutes. */
  readonly storedEveryMs: number;
  readonly onTold?: (alerts: readonly AlertEvent[]) => void;
}

/**
 * Looks where the monitor is blind, and tells when that begins and ends. What it told is read back from the log of alerts:
 * a restart, or a second member, neither tells it twice nor forgets its end. Alerts without Kafka can't be told; what
 * happened meanwhile is told when it is back, with its true times.
 */
export class PipelineWatch {
  private plan: PipelinePlan;
  private readonly told = new ToldTroubles();
  private readonly kafka = new BackendWatch('Kafka');
  private readonly clickhouse = new BackendWatch('ClickHouse');
  private readonly still = new StillPositions();
  /** Subjects that were in trouble at the look before: one look alone tells nothing. */
  private suspects = new Set<string>();
  private storedAtMs = 0;
  private clickhouseBackMs = 0;

  constructor(private readonly options: PipelineWatchOptions) {
    this.plan = options.plan;
  }

  /** Other settings, from the next look on. */
  change(plan: PipelinePlan): void {
    this.plan = plan;
  }

  /** One look. @throws where what it found can't be told; the next look finds it again. */
  async look(): Promise<void> {
    if (!this.plan.enabled) return;
    const { clock } = this.options;
    const readers = await this.asked(this.kafka, () => this.readerVerdicts());
    const stored = await this.asked(this.clickhouse, () => this.storedVerdicts());
    if (readers === undefined) return;
    const nowMs = clock.now();
    const { awaySeconds } = this.plan.settings;
    const backends = [this.kafka, this.clickhouse].map(({ look }) =>
      backendVerdict(look, awaySeconds * 1000, nowMs),
    );
    await this.tell([...backends, ...readers, ...(stored ?? [])], nowMs);
    this.kafka.settled();
    if (this.clickhouse.look.untilMs !== undefined) this.clickhouseBackMs = nowMs;
    this.clickhouse.settled();
  }

  /** undefined: the server gave no answer, which is remembered. */
  private async asked<T>(backend: BackendWatch, ask: () => Promise<T>): Promise<T | undefined> {
    // The time before: from then on nothing was known.
    const atMs = this.options.clock.now();
    try {
      const answer = await ask();
      backend.looked(this.options.clock.now(), undefined);
      return answer;
    } catch (error) {
      backend.looked(atMs, (error as Error).message);
      return undefined;
    }
  }

  private async readerVerdicts(): Promise<Verdict[]> {
    const { facts, log, clock } = this.options;
    for (const event of await log.follow()) this.told.add(event);
    const nowMs = clock.now();
    const lagMs = this.plan.settings.lagSeconds * 1000;
    const verdicts: Verdict[] = [];
    for (const one of await facts.readers()) {
      const reader = this.still.seen(one, nowMs);
      const isOpen = this.told.isOpen(readerSubject(reader));
      const looked = isOpen ? reader : await this.withFaults(reader, nowMs - lagMs);
      verdicts.push(...readerVerdicts(looked, { lagMs, isOpen }, nowMs));
    }
    const isInhibited = this.clickhouse.isAway || nowMs - this.clickhouseBackMs < lagMs;
    return this.confirmed(verdicts).filter(
      // The cause is told, not what follows from it.
      ({ subject, trouble }) =>
        !(
          isInhibited &&
          trouble?.kind === 'reader-behind' &&
          subject.startsWith('ingest/') &&
          !this.told.isOpen(subject)
        ),
    );
  }

  /** A partition that stands still for ingest may be held by a flood of messages that can't be events. */
  private async withFaults(reader: Reader, stillBeforeMs: number): Promise<Reader> {
    if (reader.app !== 'ingest') return reader;
    const partitions = await Promise.all(
      reader.partitions.map(async (at) => {
        const { waitingSinceMs, stillSinceMs, partition, low, committed } = at;
        if (waitingSinceMs === null || stillSinceMs === null || stillSinceMs > stillBeforeMs)
          return at;
        const from = Math.max(low, committed ?? low);
        return { ...at, fault: await this.options.facts.fault(reader.topic, partition, from) };
      }),
    );
    return { ...reader, partitions };
  }

  /** Without troubles that the look before didn't see. */
  private confirmed(verdicts: readonly Verdict[]): Verdict[] {
    const before = this.suspects;
    const goesOn = ({ trouble, untilMs }: Verdict): boolean =>
      trouble !== undefined && untilMs === undefined;
    this.suspects = new Set(verdicts.filter(goesOn).map(({ subject }) => subject));
    return verdicts.filter(
      (verdict) =>
        !goesOn(verdict) || before.has(verdict.subject) || this.told.isOpen(verdict.subject),
    );
  }

  private async storedVerdicts(): Promise<Verdict[]> {
    const { facts, clock, latenessMs, storedEveryMs } = this.options;
    await facts.ping();
    const nowMs = clock.now();
    if (nowMs - this.storedAtMs < storedEveryMs) return [];
    const gaps = (await facts.uncovered()).map(storeVerdict);
    const quiet = this.plan.settings.quiet ? await this.quietVerdicts(latenessMs) : [];
    this.storedAtMs = nowMs;
    return [...gaps, ...quiet];
  }

  private async quietVerdicts(latenessMs: number): Promise<Verdict[]> {
    const { facts } = this.options;
    const upToMs = await facts.storedUpToMs();
    const ended: Verdict[] = [];
    for (const [subject, [event]] of this.told.goingOn) {
      const kind = event?.alert.evidence.facts['kind'];
      if (event === undefined || (kind !== 'producer-quiet' && kind !== 'producers-quiet'))
        continue;
      const tenant = subject === ALL_PRODUCERS ? undefined : event.alert.tenantId;
      const firstMs = await facts.firstRequestAfter(Date.parse(event.alert.occurredAt), tenant);
      if (firstMs !== null) ended.push({ subject, untilMs: firstMs });
    }
    if (upToMs === null) return ended;
    const asOfMs = upToMs - latenessMs;
    const rhythms = await facts.rhythms(asOfMs - RHYTHM_MS);
    return [...ended, ...quietVerdicts(rhythms, this.plan.settings, asOfMs)];
  }

  private async tell(verdicts: readonly Verdict[], nowMs: number): Promise<void> {
    const excepted = compileExceptions(this.plan.exceptions, pipelineGap.id);
    const tellings = verdicts
      .filter(
        ({ subject, trouble }) =>
          trouble === undefined ||
          this.told.isOpen(subject) ||
          excepted?.({
            tenantId: trouble.tenantId,
            keyId: subject,
            atMs: trouble.sinceMs,
            owners: [],
            tags: [],
            environments: [],
            addresses: [],
          }) !== true,
      )
      .flatMap((verdict) => this.told.tellingsOf(verdict, nowMs));
    if (tellings.length === 0) return;
    await this.options.log.tell(tellings);
    for (const event of tellings) this.told.add(event);
    this.options.onTold?.(tellings);
  }
}

/** What the settings say of the check. */
export function pipelinePlan(
  resolved: { readonly enabled: boolean; readonly settings: Record<string, unknown> } | undefined,
  exceptions: readonly DetectionException[],
): PipelinePlan {
  return {
    enabled: resolved?.enabled ?? true,
    settings: pipelineGap.settings.parse(resolved?.settings ?? {}),
    exceptions,
  };
}
