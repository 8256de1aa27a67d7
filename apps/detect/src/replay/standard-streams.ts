import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/**
 * The first line of a stream that whoever started this process holds open; `onGone` is called when it closes later.
 * @throws Error where it ends before a line does
 */
export function firstLine(input: Readable, onGone: () => void): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  let found = false;
  input.setEncoding('utf8');
  input.on('data', (part: string) => {
    if (found) return;
    text += part;
    const end = text.indexOf('\n');
    if (end < 0) return;
    found = true;
    resolve(text.slice(0, end));
  });
  input.on('end', () => {
    if (found) onGone();
    else reject(new Error('Standard input ended without a line'));
  });
  return promise;
}

/** Writes values as lines of JSON, no faster than the reader takes them. */
export function jsonLines(output: Writable): (value: unknown) => Promise<void> {
  return async (value) => {
    if (!output.write(`${JSON.stringify(value)}\n`)) await once(output, 'drain');
  };
}
