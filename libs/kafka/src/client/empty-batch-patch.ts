import { createRequire } from 'node:module';

interface DecodedBatch {
  records: unknown[];
  firstOffset: string;
  lastOffsetDelta: number;
  maxTimestamp: string;
  isControlBatch: boolean;
}
type Decoder = (buffer: unknown) => Promise<DecodedBatch>;

const PATCHED = Symbol.for('keywatch.kafkajs.empty-batch-patch');

/**
 * A record batch whose records were all compacted away decodes to nothing in kafkajs 2.2.4, so that a reader neither
 * sees it nor gets past it (tulios/kafkajs#1072). One stand-in control record at the batch's last offset is counted
 * by kafkajs and hidden from handlers. Must run before kafkajs loads the decoder's users.
 */
export function applyEmptyBatchPatch(): void {
  const require = createRequire(import.meta.url);
  const path = require.resolve('kafkajs/src/protocol/recordBatch/v0/decoder');
  const original = require(path) as Decoder & { [PATCHED]?: true };
  if (original[PATCHED] === true) return;
  const patched: Decoder & { [PATCHED]?: true } = async (buffer) => {
    const batch = await original(buffer);
    if (batch.records.length === 0) {
      batch.records.push({
        offset: (BigInt(batch.firstOffset) + BigInt(batch.lastOffsetDelta)).toString(),
        // Type of a control record: 0 aborts, -1 is none that a reader acts on.
        key: Buffer.from(batch.isControlBatch ? [0, 0, 0, 0] : [255, 255, 255, 255]),
        value: null,
        headers: {},
        attributes: 0,
        timestamp: batch.maxTimestamp,
        isControlRecord: true,
        batchContext: batch,
      });
    }
    return batch;
  };
  patched[PATCHED] = true;
  const cached = require.cache[path];
  if (cached === undefined) throw new Error('kafkajs decoder is not in the module cache');
  cached.exports = patched;
}
