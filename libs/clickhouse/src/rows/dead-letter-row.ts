import { redactPayload, type DeadLetter } from '@keywatch/events';
import { writeEmptyColumns, type Intake } from './empty-columns.js';
import { NO_IDENTITY, writePosition, type Position } from './position.js';
import { rowOf } from './row-bytes.js';
import { storedJson } from './stored-values.js';

/** Bytes of a dead letter's value that are looked at: four for each of the 4,096 characters that are kept. */
const PAYLOAD_BYTES = 16_384;
const KEY_CHARACTERS = 256;

/** A message as it came from the log. */
export interface RawMessage {
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
}

/** Row of a message that can't be an event: its reason, and its key and the start of its value, redacted. */
export function deadLetterRow(
  intake: Intake,
  letter: DeadLetter,
  position: Position,
  message: RawMessage,
  crc: number,
): Buffer {
  const payload = message.value?.subarray(0, PAYLOAD_BYTES).toString('utf8') ?? '';
  const data = storedJson({
    reason: letter.reason,
    error: letter.error,
    payload: redactPayload(payload),
    bytes: message.value?.length ?? 0,
  });
  const key = redactPayload(message.key?.toString() ?? '', KEY_CHARACTERS);
  return rowOf((out) => {
    writePosition(out, 'dead-letter', position, NO_IDENTITY, crc);
    writeEmptyColumns(out, intake, { timeMs: position.logTimeMs, key, data });
  });
}
