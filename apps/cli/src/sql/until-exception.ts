const MARK = '\r\n__exception__\r\n';

/**
 * The bytes of an answer up to the error that may stand at its end: once rows are out the status can't change, so the
 * server writes a mark, the tag of the answer's headers, and its words.
 * @param tag undefined: the server has no such marks
 * @throws Error with the server's words, after the rows before it
 */
export async function* untilException(
  chunks: AsyncIterable<Uint8Array>,
  tag: string | undefined,
): AsyncGenerator<Buffer> {
  if (tag === undefined || tag === '') {
    for await (const chunk of chunks) yield Buffer.from(chunk);
    return;
  }
  const mark = Buffer.from(MARK + tag);
  let held: Buffer = Buffer.alloc(0);
  let found = false;
  for await (const chunk of chunks) {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    if (found) continue;
    const at = held.indexOf(mark);
    if (at >= 0) {
      found = true;
      if (at > 0) yield held.subarray(0, at);
      held = held.subarray(at);
      continue;
    }
    // The mark may have begun in the last bytes.
    const sure = held.length - mark.length + 1;
    if (sure > 0) {
      yield held.subarray(0, sure);
      held = held.subarray(sure);
    }
  }
  if (!found) {
    if (held.length > 0) yield held;
    return;
  }
  const words = held.subarray(mark.length).toString().split('\n').slice(1);
  throw new Error(
    words
      .slice(
        0,
        words.findIndex((line) => line.endsWith(` ${tag}\r`)),
      )
      .join('\n'),
  );
}
