import { type Command, Logger } from 'concurrently';
import { type Log } from '../log.js';

/** Prefixed, coloured lines of many processes, whole lines only: two that write at once never share a line. */
export interface Output {
  /** Connects what a process prints. */
  follow(command: Command): void;
  /** Says something about a process. */
  event(command: Command, text: string): void;
}

/** A line longer than this is printed in parts, so that a process that never ends its line can't fill the memory. */
const LONGEST_LINE = 64 * 1024;

export function createOutput(log: Log, longestName: number, colours: boolean): Output {
  const logger = new Logger({ prefixFormat: 'name' });
  logger.setPrefixLength(longestName);
  logger.toggleColors(colours);
  // The logger gives a line in pieces: its prefix, its text, its end.
  let line = '';
  logger.output.subscribe(({ text }) => {
    line += text;
    if (line.endsWith('\n')) {
      log(line.slice(0, -1));
      line = '';
    }
  });
  return {
    follow(command) {
      const print = (text: string): void => {
        logger.logCommandText(`${text}\n`, command);
      };
      const streams = [command.stdout, command.stderr].map((bytes) => {
        const lines = new Lines(print);
        bytes.subscribe((piece) => {
          lines.take(piece);
        });
        return lines;
      });
      command.close.subscribe(() => {
        for (const lines of streams) lines.end();
      });
    },
    event(command, text) {
      logger.logCommandEvent(text, command);
    },
  };
}

/** Cuts one stream of bytes into lines. */
class Lines {
  readonly #decoder = new TextDecoder();
  #rest = '';

  constructor(private readonly print: (line: string) => void) {}

  take(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.print(line.replace(/\r$/, ''));
    if (this.#rest.length > LONGEST_LINE) this.end();
  }

  /** Prints what is left of a last line without an end. */
  end(): void {
    if (this.#rest !== '') this.print(this.#rest);
    this.#rest = '';
  }
}
