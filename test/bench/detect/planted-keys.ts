import { encodeKeyEvent, type OutgoingKeyEvent, type OutgoingMessage } from '@keywatch/events';

const SOURCE = 'urn:keywatch:bench';
export const keyIdOf = (index: number): string => `bench_planted_${index}`;

/** What comes before: the key is issued for production and used there. Nothing to say about it. */
export function homeOf(index: number, nowMs: number): OutgoingMessage[] {
  const created: OutgoingKeyEvent<'keywatch.key.created.v1'> = {
    id: `planted-${index}-created`,
    source: SOURCE,
    type: 'keywatch.key.created.v1',
    subject: keyIdOf(index),
    time: new Date(nowMs - 60_000).toISOString(),
    data: { environment: 'production', allowedEnvironments: ['production'], kind: 'long-term' },
  };
  return [encodeKeyEvent(created), useOf(index, 'home', 'production', nowMs - 30_000)];
}

/** The use somewhere else, which completes the finding. */
export function strayOf(index: number, nowMs: number): OutgoingMessage {
  return useOf(index, 'stray', 'staging', nowMs);
}

function useOf(index: number, name: string, environment: string, ms: number): OutgoingMessage {
  const event: OutgoingKeyEvent<'keywatch.key.request-made.v1'> = {
    id: `planted-${index}-${name}`,
    source: SOURCE,
    type: 'keywatch.key.request-made.v1',
    subject: keyIdOf(index),
    time: new Date(ms).toISOString(),
    data: {
      environment,
      status: 200,
      sourceIp: '2001:db8::7',
      method: 'GET',
      endpoint: '/v1/items',
    },
  };
  return encodeKeyEvent(event);
}
