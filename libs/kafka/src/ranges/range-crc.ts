import { crc32 } from 'node:zlib';
import type { IHeaders, KafkaMessage } from 'kafkajs';

export interface RangeCrc {
  readonly crc: number;
  readonly bodyCrcs: Uint32Array;
}

/**
 * Checksums of a run of messages. The range's is taken over the checksums of its messages, so that each value is read
 * once for both.
 */
export function crcOf(messages: readonly KafkaMessage[]): RangeCrc {
  const bodyCrcs = new Uint32Array(messages.length);
  const headerCrcs = new Uint32Array(messages.length);
  let i = 0;
  for (const { value, headers } of messages) {
    bodyCrcs[i] = value === null ? 0 : crc32(value);
    headerCrcs[i] = headersCrc(headers);
    i += 1;
  }
  const times = `${messages[0]?.timestamp ?? ''}/${messages.at(-1)?.timestamp ?? ''}`;
  return { crc: crc32(bytesOf(headerCrcs), crc32(bytesOf(bodyCrcs), crc32(times))), bodyCrcs };
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** Most messages of a topic carry the same single header: its checksum is remembered. */
let lastName = '';
let lastValue: Buffer = Buffer.alloc(0);
let lastCrc = 0;

function headersCrc(headers: IHeaders | undefined): number {
  if (headers === undefined) return 0;
  let crc = 0;
  let seen = 0;
  for (const name in headers) {
    const value = headers[name];
    seen += 1;
    if (seen === 1 && Buffer.isBuffer(value)) {
      if (name !== lastName || !value.equals(lastValue)) {
        lastName = name;
        // A copy: the message's own bytes are a slice of a whole fetch and would keep it in memory.
        lastValue = Buffer.from(value);
        lastCrc = crc32(value, crc32(name));
      }
      crc = lastCrc;
      continue;
    }
    crc = crc32(name, crc);
    for (const part of Array.isArray(value) ? value : [value ?? '']) crc = crc32(part, crc);
  }
  return crc;
}
