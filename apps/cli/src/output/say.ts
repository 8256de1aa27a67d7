import { once } from 'node:events';

/** One line (or several) for the person at the terminal, on standard output. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Progress and warnings, on standard error: standard output stays what was asked for. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Writes pieces to standard output no faster than its reader takes them. @throws EPIPE where the reader is gone */
export async function pour(pieces: AsyncIterable<Uint8Array> | Iterable<string>): Promise<void> {
  for await (const piece of pieces) {
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
  }
}
