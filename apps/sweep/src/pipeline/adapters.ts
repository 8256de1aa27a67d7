import {
  firstRequestAfter,
  requestRhythms,
  storedGaps,
  type ClickHouse,
  type ReadOptions,
} from '@keywatch/clickhouse';
import { pipelineGap, type Rhythm, type UncoveredOffsets } from '@keywatch/detection';
import {
  CONSUMER_GROUPS,
  decodeAlertEvent,
  decodeKeyEvent,
  encodeAlertEvent,
  TOPICS,
  type AlertEvent,
} from '@keywatch/events';
import {
  readerPartitions,
  type Admin,
  type EventProducer,
  type PartitionReader,
} from '@keywatch/kafka';
import { within } from '@keywatch/platform';
import type { Progress } from '../ports.js';
import { AlertLog, PipelineFacts, type ReaderFacts } from './ports.js';

/** What is asked of the brokers or of ClickHouse takes no longer, in ms; else they are away. */
const ASK_MS = 10_000;
/** Messages that wait which are looked at to tell a flood of dead letters. */
const LOOKED_AT = 200;
/** Messages of the log of alerts that are looked back on after a start, by partition. */
const LOOK_BACK = 10_000;

const STORED = [TOPICS.keyEvents.name, TOPICS.alertEvents.name, TOPICS.deliveryEvents.name];
const READERS = [
  ...STORED.map((topic) => ({ app: 'ingest', group: CONSUMER_GROUPS.ingest, topic })),
  { app: 'detect', group: CONSUMER_GROUPS.detect, topic: TOPICS.keyEvents.name },
];

export class ServerFacts extends PipelineFacts {
  constructor(
    private readonly admin: Admin,
    private readonly reader: PartitionReader,
    private readonly clickhouse: ClickHouse,
    private readonly progress: Progress,
  ) {
    super();
  }

  override readers(): Promise<ReaderFacts[]> {
    return within(ASK_MS, 'Kafka', async () => {
      const all = READERS.map(async ({ app, group, topic }) => {
        try {
          return [
            {
              app,
              topic,
              partitions: await readerPartitions(this.admin, this.reader, group, topic),
            },
          ];
        } catch (error) {
          if (isUnknownTopic(error)) return [];
          throw error;
        }
      });
      return (await Promise.all(all)).flat();
    });
  }

  override fault(topic: string, partition: number, from: number): Promise<string | undefined> {
    return within(ASK_MS, 'Kafka', async () => {
      if (topic !== TOPICS.keyEvents.name) return undefined;
      let looked = 0;
      let dead = 0;
      const end = await this.reader.offset(topic, partition, false);
      await this.reader.read({
        topic,
        partition,
        from,
        to: Math.min(end, from + LOOKED_AT),
        stallMs: ASK_MS,
        onRecords: (records) => {
          for (const { value, headers } of records) {
            looked += 1;
            if (decodeKeyEvent({ value, headers }).kind === 'dead-letter') dead += 1;
          }
        },
      });
      return dead === 0
        ? undefined
        : `${dead} of the next ${looked} messages can not be events (a flood of them stops ingest on purpose)`;
    });
  }

  override async ping(): Promise<void> {
    const answer = await within(ASK_MS, 'ClickHouse', () =>
      this.clickhouse.client.ping({ select: true }),
    );
    if (!answer.success) throw answer.error;
  }

  override async uncovered(): Promise<UncoveredOffsets[]> {
    const found: UncoveredOffsets[] = [];
    for (const topic of STORED) {
      const gaps = await storedGaps(this.clickhouse, topic, asking()).catch(noneWithoutTables);
      // What an operator gave up is answered for.
      found.push(
        ...gaps.filter(({ kind }) => kind === 'uncovered').map((gap) => ({ topic, ...gap })),
      );
    }
    return found;
  }

  override async storedUpToMs(): Promise<number | null> {
    try {
      return (await within(ASK_MS, 'The log', () => this.progress.watermark())).upToMs;
    } catch {
      // Which server gives no answer is found out by asking each; until then no silence is judged.
      return null;
    }
  }

  override rhythms(sinceMs: number): Promise<Rhythm[]> {
    return requestRhythms(this.clickhouse, sinceMs, asking()).catch(noneWithoutTables);
  }

  override firstRequestAfter(afterMs: number, tenantId: string | undefined) {
    return firstRequestAfter(this.clickhouse, afterMs, tenantId, asking());
  }
}

/** Nobody has made the topic yet: nothing is in it. */
function isUnknownTopic(error: unknown): boolean {
  return (error as { type?: string }).type === 'UNKNOWN_TOPIC_OR_PARTITION';
}

/** UNKNOWN_TABLE, UNKNOWN_DATABASE */
const NO_TABLES = new Set(['60', '81']);

/** ingest makes the tables when it starts; until then nothing is stored, which is no answer's fault. */
function noneWithoutTables(error: unknown): never[] {
  if (NO_TABLES.has(String((error as { code?: unknown }).code))) return [];
  throw error;
}

function asking(): ReadOptions {
  return { signal: AbortSignal.timeout(ASK_MS), limits: { maxSeconds: ASK_MS / 1000 } };
}

export class KafkaAlertLog extends AlertLog {
  private readonly positions = new Map<number, number>();

  constructor(
    private readonly admin: Pick<Admin, 'fetchTopicOffsets'>,
    private readonly reader: Pick<PartitionReader, 'read'>,
    private readonly producer: Pick<EventProducer, 'send'>,
  ) {
    super();
  }

  override async follow(): Promise<AlertEvent[]> {
    const topic = TOPICS.alertEvents.name;
    const ends = new Map<number, number>();
    const found = await within(ASK_MS, 'Kafka', async () => {
      const tellings: AlertEvent[] = [];
      for (const { partition, low, high } of await this.bounds(topic)) {
        const end = Number(high);
        const known = this.positions.get(partition) ?? Math.max(0, end - LOOK_BACK);
        const from = Math.max(Number(low), known);
        if (from < end) {
          await this.reader.read({
            topic,
            partition,
            from,
            to: end,
            stallMs: ASK_MS,
            onRecords: (records) => {
              tellings.push(...records.flatMap(({ value }) => ownTelling(value)));
            },
          });
        }
        ends.set(partition, end);
      }
      return tellings;
    });
    // Only what is handed over has been read.
    for (const [partition, end] of ends) this.positions.set(partition, end);
    return found;
  }

  private async bounds(topic: string) {
    try {
      return await this.admin.fetchTopicOffsets(topic);
    } catch (error) {
      if (isUnknownTopic(error)) return [];
      throw error;
    }
  }

  override async tell(alerts: readonly AlertEvent[]): Promise<void> {
    await this.producer.send(TOPICS.alertEvents.name, alerts.map(encodeAlertEvent));
  }
}

const OWN = Buffer.from(`"${pipelineGap.id}"`);

/** Few of the messages are ours: the others are not read. */
function ownTelling(value: Buffer | null): AlertEvent[] {
  if (value?.includes(OWN) !== true) return [];
  const decoded = decodeAlertEvent({ value });
  return decoded.kind === 'ok' && decoded.event.alert.rule === pipelineGap.id
    ? [decoded.event]
    : [];
}
