import { plainText } from './plain-text.js';

/** A stretch of text up to a line feed or the end; `tooLong` where it was cut off and its rest passed over. */
export interface Line {
  /** Counts from 1. */
  readonly line: number;
  readonly text: string;
  readonly tooLong: boolean;
}

/** Bytes of a text as its lines, holding one line at a time. @throws UnpackError */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  maxLength: number,
): AsyncGenerator<Line> {
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
  for await (const text of plainText(chunks)) {
    let from = 0;
    for (let to = text.indexOf('\n'); to !== -1; to = text.indexOf('\n', from)) {
      take(text.slice(from, to));
      yield finish();
      from = to + 1;
    }
    take(text.slice(from));
  }
  if (length > 0) yield finish();
}
