/** Characters; V8 holds strings of about 512 Mi. A list that long has to be cut into lines first. */
export const MAX_LINE_LENGTH = 256 * 1024 * 1024;

/** A stretch of text up to a line feed or the end; `tooLong` where it was cut off and its rest passed over. */
export interface Line {
  /** Counts from 1. */
  readonly line: number;
  readonly text: string;
  readonly tooLong: boolean;
}

/** UTF-8 bytes as lines, holding one line at a time. */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  maxLength = MAX_LINE_LENGTH,
): AsyncGenerator<Line> {
  // Leaves out a byte order mark.
  const decoder = new TextDecoder('utf-8');
  let line = 1;
  let parts: string[] = [];
  let length = 0;
  const take = (text: string): void => {
    if (length <= maxLength) parts.push(text);
    length += text.length;
  };
  const finish = (): Line => {
    const finished = {
      line,
      text: length > maxLength ? '' : parts.join(''),
      tooLong: length > maxLength,
    };
    line += 1;
    parts = [];
    length = 0;
    return finished;
  };
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    let from = 0;
    for (let to = text.indexOf('\n'); to !== -1; to = text.indexOf('\n', from)) {
      take(text.slice(from, to));
      yield finish();
      from = to + 1;
    }
    take(text.slice(from));
  }
  take(decoder.decode());
  if (length > 0) yield finish();
}
