import { encodeKeyEvent, type OutgoingMessage } from '@keywatch/events';
import { generateTraffic } from '@keywatch/traffic';

const DAYS = 20;
/** Many, so that at any moment some alert is on its way. */
const ANOMALIES = { 'multi-environment-use': 80 };

/** Twenty days of a company with 300 keys and many planted anomalies; about as many events as asked for. */
export function someTraffic(seed: number, events: number): OutgoingMessage[] {
  const options = {
    seed,
    keys: 300,
    days: DAYS,
    endMs: Date.now(),
    ratePerSecond: events / (DAYS * 86_400),
    anomalies: ANOMALIES,
  };
  return [...generateTraffic(options).events].map(encodeKeyEvent);
}

/** The messages in that many parts of about the same length; each ends with some of its own once more. */
export function inParts(messages: readonly OutgoingMessage[], count: number): OutgoingMessage[][] {
  const length = Math.ceil(messages.length / count);
  return Array.from({ length: count }, (_, index) => {
    const part = messages.slice(index * length, (index + 1) * length);
    return [...part, ...part.filter((_message, at) => at % 50 === 0)];
  });
}
