import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { applyTimerPatch } from './timer-patch.js';

interface Queue {
  throttleCheckTimeoutId: unknown;
  pending: unknown[];
  scheduleCheckPendingRequests(): void;
  destroy(): void;
}

function newQueue(): Queue {
  const require = createRequire(import.meta.url);
  const RequestQueue = require('kafkajs/src/network/requestQueue') as new (o: object) => Queue;
  return new RequestQueue({ logger: { debug: () => undefined } });
}

describe('applyTimerPatch', () => {
  it('arms no timer when nothing is pending, and arms one when something is', () => {
    applyTimerPatch();
    const queue = newQueue();
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).toBeNull();
    queue.pending.push({});
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).not.toBeNull();
    queue.pending.length = 0;
    queue.destroy();
  });
});
