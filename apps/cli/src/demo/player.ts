import { logLevel, type KafkaConfig } from '@keywatch/kafka';
import { kafkaConnection } from '@keywatch/platform';
import { cloudTrailSource } from '@keywatch/sources';
import type { TrafficOptions } from '@keywatch/traffic';
import { ApiClient } from '../api/api-client.js';
import { importFiles } from '../commands/import.command.js';
import { untilIn } from '../import/until-in.js';
import type { CliSettings } from '../settings.js';
import type { Reachable, Stack } from '../stack/start-stack.js';
import { playTraffic, trickle } from './play.js';
import type { Progress } from './progress.js';
import { summaryOf, type DemoSummary } from './summary.js';
import { untilSwept } from './until-swept.js';

export const TRICKLE_PER_SECOND = 20;
export const LATENESS_MINUTES = 15;

/** Plays files, or generated traffic where there are none, and waits until everything is through. */
export class Player {
  private produced = 0;
  private startedAt = 0;
  private inAtMs = 0;

  constructor(
    private readonly settings: CliSettings,
    private readonly files: readonly string[],
    private readonly history: TrafficOptions,
    private readonly progress: Progress,
    private readonly signal: AbortSignal,
  ) {}

  /** Plays it in; settles when all of it is stored and looked at by detection. */
  async play(stack: Reachable): Promise<void> {
    this.startedAt = performance.now();
    const api = this.apiOf(stack);
    this.produced =
      this.files.length === 0 ? await this.playTraffic(stack) : await this.playFiles(api);
    const { keyEvents } = await untilIn(api, this.signal, (line) => {
      this.progress.now(line);
    });
    this.inAtMs = Date.parse(keyEvents.completeUpTo ?? '');
    this.progress.done('all of it is stored and looked at');
  }

  /** What came out, once every sweep has looked at all of it and its alerts are stored. */
  async reported(stack: Stack): Promise<DemoSummary> {
    const api = this.apiOf(stack);
    const metrics = `http://127.0.0.1:${stack.ports.sweep}/metrics`;
    await untilSwept(metrics, this.inAtMs, LATENESS_MINUTES * 60_000, this.signal);
    await untilIn(api, this.signal, () => undefined);
    this.progress.done('sweeps have looked at all of it, alerts are stored');
    return summaryOf(api, this.produced, (performance.now() - this.startedAt) / 1000);
  }

  /** Lets generated traffic go on until the end. */
  async goOn(stack: Reachable, end: Promise<void>): Promise<void> {
    if (this.files.length > 0) await end;
    else await trickle(this.kafkaOf(stack), this.history, TRICKLE_PER_SECOND, this.signal);
  }

  private async playTraffic(stack: Reachable): Promise<number> {
    const { produced, seconds } = await playTraffic(
      this.kafkaOf(stack),
      this.history,
      this.signal,
      (n) => {
        this.progress.now(`${n.toLocaleString('en-US')} events played…`);
      },
    );
    this.progress.done(
      `${produced.toLocaleString('en-US')} events played into Kafka in ${seconds.toFixed(1)} s`,
    );
    return produced;
  }

  private async playFiles(api: ApiClient): Promise<number> {
    const counted = await importFiles(
      api,
      cloudTrailSource,
      this.files,
      { lane: 'demo-cloudtrail' },
      this.signal,
    );
    this.progress.done(
      `${counted.read} records read, ${counted.published} events published, ${counted.rejected} rejected`,
    );
    return counted.published;
  }

  private apiOf({ api }: Reachable): ApiClient {
    return new ApiClient(api, this.settings.KEYWATCH_API_TOKEN);
  }

  private kafkaOf({ kafka }: Reachable): KafkaConfig {
    const connection = kafkaConnection(
      { ...this.settings, KEYWATCH_KAFKA_BROKERS: [...kafka.brokers] },
      'keywatch-demo',
    );
    return { ...connection, logLevel: logLevel.NOTHING };
  }
}
