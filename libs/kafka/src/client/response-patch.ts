import { createRequire } from 'node:module';

/** What kafkajs's connection knows of the answer that is coming in. */
interface ConnectionPrototype {
  authHandlers: unknown;
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  processData: (this: ConnectionPrototype, data: Buffer) => void;
}

interface Answer {
  readonly bytes: Buffer;
  filled: number;
}

const PATCHED = Symbol.for('keywatch.kafkajs.response-patch');
const LENGTH_BYTES = 4;
/** Smaller answers are left to kafkajs: they come in one piece or a few. */
const LARGE = 256 * 1024;
/** A length beyond it is no answer to a fetch of ours: kafkajs waits for its bytes without taking memory for them. */
const LARGEST = 512 * 1024 * 1024;

/**
 * kafkajs 2.2.4 keeps the pieces of an answer (64 kB each) and joins them when the last is there: an answer of 30 MB is in
 * memory twice, and is copied when its pieces have long left the caches. Here a large one is copied piece by piece, as
 * they come, to where it will be.
 */
export function applyResponsePatch(): void {
  const require = createRequire(import.meta.url);
  const Connection = require('kafkajs/src/network/connection') as {
    prototype: ConnectionPrototype & { [PATCHED]?: true };
  };
  const { prototype } = Connection;
  if (prototype[PATCHED] === true) return;
  const original = prototype.processData;
  const answers = new WeakMap<object, Answer>();
  prototype.processData = function (data) {
    const answer = answers.get(this);
    let taken = 0;
    if (answer !== undefined) {
      taken = data.copy(answer.bytes, answer.filled);
      answer.filled += taken;
      if (answer.filled < answer.bytes.length) return;
      answers.delete(this);
      original.call(this, answer.bytes);
    }
    if (taken === data.length) return;
    original.call(this, data.subarray(taken));
    const next = takenOver(this);
    if (next !== undefined) answers.set(this, next);
  };
  prototype[PATCHED] = true;
}

/** A large answer whose first piece, with its length, is all that kafkajs keeps. */
function takenOver(connection: ConnectionPrototype): Answer | undefined {
  const [piece, ...more] = connection.chunks;
  // While it logs in, kafkajs counts its bytes by rules of its own.
  if (piece === undefined || more.length > 0 || connection.authHandlers) return undefined;
  if (piece.length < LENGTH_BYTES) return undefined;
  const length = LENGTH_BYTES + piece.readInt32BE(0);
  if (length < LARGE || length > LARGEST || length <= piece.length) return undefined;
  const bytes = Buffer.allocUnsafeSlow(length);
  const filled = piece.copy(bytes);
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = LENGTH_BYTES;
  return { bytes, filled };
}
