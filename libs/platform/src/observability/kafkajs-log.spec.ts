import { describe, expect, it } from '@jest/globals';
import { kafkajsLogCreator } from './kafkajs-log.js';
import { createLog } from './log.js';

interface Line {
  readonly level: string;
  readonly msg: string;
}

/** Takes what kafkajs says at a second of its life, and gives the lines that are worth showing. */
function listening(): {
  hear: (second: number, message: string, facts?: object, level?: number) => void;
  lines: Line[];
} {
  const lines: Line[] = [];
  const destination = { write: (line: string) => lines.push(JSON.parse(line) as Line) };
  const write = kafkajsLogCreator(
    createLog({ app: 'ingest', level: 'info', format: 'json', destination }),
  )();
  return {
    lines,
    hear: (second, message, facts = {}, level = 1) => {
      const timestamp = new Date(second * 1000).toISOString();
      write({ level, namespace: 'Connection', log: { message, timestamp, ...facts } });
    },
  };
}

const UNAVAILABLE = { error: 'The group coordinator is not available' };
const RESPONSE = 'Response GroupCoordinator(key: 10, version: 2)';

describe('what kafkajs says', () => {
  it('keeps its level, without its noise', () => {
    const { hear, lines } = listening();
    hear(0, 'joined', {}, 4);
    expect(lines).toEqual([]);
    hear(0, 'refused', { broker: 'b', logger: 'kafkajs' });
    expect(lines).toEqual(
      [{ app: 'ingest', level: 'error', msg: 'refused', kafkajs: 'Connection', broker: 'b' }].map(
        (line) => expect.objectContaining(line),
      ),
    );
    expect(lines[0]).not.toHaveProperty('logger');
  });

  it('about a broker that is just starting is not shown', () => {
    const { hear, lines } = listening();
    hear(0, RESPONSE, UNAVAILABLE);
    hear(
      1,
      "Crash: KafkaJSProtocolError: The coordinator is loading and hence can't process requests for this group",
    );
    hear(1, 'Restarting the consumer in 300ms');
    expect(lines).toEqual([]);
  });

  it('about one that does not get ready is told once, as a warning', () => {
    const { hear, lines } = listening();
    for (let second = 0; second <= 300; second += 30) hear(second, RESPONSE, UNAVAILABLE);
    expect(lines).toEqual([
      expect.objectContaining({ level: 'warn', seconds: 30, answer: UNAVAILABLE.error }),
    ]);
  });

  it('about one that was ready in between is told again', () => {
    const { hear, lines } = listening();
    for (const second of [0, 20, 40, 3600, 3601]) hear(second, RESPONSE, UNAVAILABLE);
    expect(lines).toHaveLength(1);
    hear(3620, RESPONSE, UNAVAILABLE);
    expect(lines).toHaveLength(2);
  });

  it('of any other end of a consumer is an error with its restart', () => {
    const { hear, lines } = listening();
    hear(0, `Crash: KafkaJSProtocolError: ${UNAVAILABLE.error}`);
    hear(1, 'Crash: KafkaJSConnectionError: Connection error: connect ECONNREFUSED');
    hear(1, 'Restarting the consumer in 300ms');
    expect(lines.map(({ level }) => level)).toEqual(['error', 'error']);
  });
});
