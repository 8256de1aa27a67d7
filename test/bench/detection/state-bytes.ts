import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createEngine, RULES, type KeyRecord } from '@keywatch/detection';
import type { KeyEvent, KeyEventData, KeyEventType } from '@keywatch/events';

/** What is kept of so many keys that live alike. */
export interface StateBytes {
  readonly keys: number;
  /** Bytes of a key's record as it is stored in the changelog, on average. */
  readonly stored: number;
  /** Of these the state of each rule. */
  readonly byRule: Readonly<Record<string, number>>;
  /** Bytes of the heap per key while all are held, undefined: not measured, they would not fit. */
  readonly heap: number | undefined;
}

const START_MS = Date.UTC(2026, 2, 1, 10);
const HOUR_MS = 3_600_000;
const MOST_HELD = 100_000;

/** Of each key a creation and three uses from two networks within three hours, by an SDK. */
export function measureState(keys: number): StateBytes {
  const engine = createEngine({ rules: RULES });
  const held: KeyRecord[] = [];
  const byRule = new Map<string, number>();
  let stored = 0;
  let offset = 0;
  const before = heapNow();
  for (let n = 0; n < keys; n += 1) {
    let record: KeyRecord | undefined;
    for (const event of lifeOf(n)) {
      const position = { partition: 0, offset: offset++, logTimeMs: event.timeMs + 500 };
      ({ record } = engine.fold(record, event, position));
    }
    if (record === undefined) continue;
    if (keys <= MOST_HELD) held.push(record);
    stored += Buffer.byteLength(engine.serialize(record));
    RULES.forEach((rule, i) => {
      const state = record.states[i];
      const json = state === undefined ? undefined : rule.serialize(state);
      const bytes = json === undefined ? 0 : Buffer.byteLength(JSON.stringify(json));
      byRule.set(rule.id, (byRule.get(rule.id) ?? 0) + bytes);
    });
  }
  const after = heapNow();
  return {
    keys,
    stored: stored / keys,
    byRule: Object.fromEntries([...byRule].map(([rule, bytes]) => [rule, bytes / keys])),
    heap: held.length === 0 ? undefined : (after - before) / held.length,
  };
}

/** Bytes in use on the heap once what is garbage is gone. */
function heapNow(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

function lifeOf(n: number): KeyEvent[] {
  const plan = ['free', 'pro', 'enterprise'][n % 3] ?? 'free';
  return [
    event(n, 0, 'keywatch.key.created.v1', {
      owner: { id: `u${n % 997}`, email: `u${n % 997}@tenant.example.com`, team: 'platform' },
      name: 'billing-worker',
      plan,
      environment: 'production',
      kind: 'long-term',
    }),
    ...[1, 2, 3].map((use) =>
      event(n, use, 'keywatch.key.request-made.v1', {
        secretVersion: 1,
        environment: 'production',
        sourceIp: use === 2 ? `198.51.${n % 100}.7` : `192.0.${n % 200}.9`,
        userAgent: 'example-sdk-node/4.2.0 (node 24.1.0; linux)',
        method: 'GET',
        endpoint: '/v1/orders',
        status: 200,
        outcome: 'allowed',
      }),
    ),
  ];
}

function event<T extends KeyEventType>(
  n: number,
  use: number,
  type: T,
  data: KeyEventData<T>,
): KeyEvent {
  const timeMs = START_MS + use * HOUR_MS + (n % 3_600_000);
  return {
    type,
    id: `${n}-${use}`,
    source: 'urn:keywatch:bench',
    tenantId: `tenant-${n % 40}`,
    lane: 'live',
    keyId: `key_${n.toString(36).padStart(8, '0')}`,
    timeText: new Date(timeMs).toISOString(),
    timeMs,
    traceparent: '',
    data,
    attributes: undefined,
  } as unknown as KeyEvent;
}
