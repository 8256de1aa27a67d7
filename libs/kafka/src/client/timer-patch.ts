import { createRequire } from 'node:module';

interface RequestQueuePrototype {
  pending: unknown[];
  scheduleCheckPendingRequests: (this: RequestQueuePrototype) => void;
}

const PATCHED = Symbol.for('keywatch.kafkajs.timer-patch');

/**
 * kafkajs 2.2.4 re-arms its "check pending requests" timer for ever, with a negative delay when nothing is pending:
 * 5 % of a core when idle, and a TimeoutNegativeWarning from Node 24. Here it arms only while a request waits; a new
 * request arms it again.
 */
export function applyTimerPatch(): void {
  const require = createRequire(import.meta.url);
  const RequestQueue = require('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueuePrototype & { [PATCHED]?: true };
  };
  const { prototype } = RequestQueue;
  if (prototype[PATCHED] === true) return;
  const original = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueuePrototype): void {
    if (this.pending.length > 0) original.call(this);
  };
  prototype[PATCHED] = true;
}
