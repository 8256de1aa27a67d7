import { redactPayload, type DeadLetter } from '@keywatch/events';
import { emptyColumns, type Intake } from './empty-columns.js';
import { jsonColumn, quote, timeColumn } from './json-text.js';
import { NO_IDENTITY, positionColumns, type Position } from './position.js';

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
): string {
  const payload = message.value?.subarray(0, PAYLOAD_BYTES).toString('utf8') ?? '';
  const data = jsonColumn({
    reason: letter.reason,
    error: letter.error,
    payload: redactPayload(payload),
    bytes: message.value?.length ?? 0,
  });
  const key = quote(redactPayload(message.key?.toString() ?? '', KEY_CHARACTERS));
  const start = positionColumns('dead-letter', position, NO_IDENTITY, crc);
  return start + emptyColumns(intake, timeColumn(position.logTimeMs), key, data);
}
