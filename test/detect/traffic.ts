import { encodeKeyEvent, type OutgoingMessage } from '@keywatch/events';

const HOUR_MS = 3_600_000;

/**
 * One wave of requests: `keys` keys, every fifth of which is used in two environments, so that most waves raise
 * alerts on several days; the same event twice and junk now and then. Each wave has keys of its own and goes on with
 * the keys of all others.
 */
export function trafficWave(wave: number, count: number, keys = 100): OutgoingMessage[] {
  const random = generator(wave + 1);
  const start = Date.now() - (20 - wave) * 6 * HOUR_MS;
  const messages: OutgoingMessage[] = [];
  for (let i = 0; i < count; i += 1) {
    const key = Math.floor(random() * keys);
    const ofWave = random() < 0.5 ? `key-${wave}-${key}` : `key-all-${key}`;
    const mixed = key % 5 === 0 && random() < 0.4;
    const message = encodeKeyEvent({
      id: `w${wave}-${i}`,
      source: '/spec',
      type: 'keywatch.key.request-made.v1',
      subject: ofWave,
      time: new Date(start + (i / count) * 5 * HOUR_MS).toISOString(),
      data: { environment: mixed ? 'staging' : 'production', status: 200, sourceIp: '203.0.113.7' },
    });
    messages.push(message);
    if (random() < 0.02) messages.push(message);
    if (random() < 0.01) messages.push({ ...message, value: 'junk' });
  }
  return messages;
}

/** mulberry32: the same numbers for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
