import { untilJoined } from '../kit/topic.js';
import type { Contestant, Course, Running } from './contestant.js';
import { extractingView, kafkaTable } from './kafka-engine.sql.js';

const CONSUMERS = 2;
/** The cheapest of 32,768, 65,536 and 131,072; one consumer was no better, and `JSONAsString` neither. */
const BLOCK_ROWS = 131_072;

/**
 * ClickHouse reads the topic itself. It doesn't validate, has no dead letters (a message that is no JSON stops or empties
 * its columns), recognises no duplicates and commits offsets after the insert: a crash between writes rows twice.
 */
export const kafkaEngine: Contestant = {
  id: 'kafka-engine',
  title: 'ClickHouse Kafka engine',
  async start({ stack, clickhouse, signal }: Course): Promise<Running> {
    const { client, database } = clickhouse;
    const group = `bench-${database}`;
    const brokers = stack.connections['KEYWATCH_KAFKA_BROKERS']?.split(',') ?? [];
    const options = { database, brokers, group, consumers: CONSUMERS, blockRows: BLOCK_ROWS };
    const why = async (): Promise<string> => {
      const answer = await client.query({
        query: `SELECT num_messages_read, exceptions.text AS errors FROM system.kafka_consumers WHERE database = {database:String}`,
        query_params: { database },
        format: 'JSONEachRow',
      });
      return `Its consumers: ${JSON.stringify(await answer.json())}`;
    };
    const drop = async (): Promise<void> => {
      await client.command({ query: `DROP VIEW IF EXISTS ${database}.key_events_reader SYNC` });
      await client.command({ query: `DROP TABLE IF EXISTS ${database}.key_events_queue SYNC` });
    };
    try {
      await client.command({ query: kafkaTable(options) });
      // It begins to read when something is fed by it.
      await client.command({ query: extractingView(database) });
      const beganAt = await untilJoined(stack, group, signal, why);
      return {
        beganAt,
        failed: new Promise(() => undefined),
        why,
        // Its group is its own and keeps a dead member until the session ends; nobody waits for that.
        stop: drop,
      };
    } catch (error) {
      await drop();
      throw error;
    }
  },
};
