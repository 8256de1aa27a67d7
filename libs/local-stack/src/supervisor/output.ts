import { type Command, Logger } from 'concurrently';
import { type Log } from '../log.js';

/** Prefixed, coloured lines of many processes, whole lines only: two that write at once never share a line. */
export interface Output {
  /** Takes a piece of what a process printed. */
  print(command: Command, piece: string): void;
  /** Says something about a process. */
  event(command: Command, text: string): void;
  /** Prints what is left of a last line without an end. */
  flush(command: Command): void;
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
  const rest = new Map<Command, string>();
  const printLine = (command: Command, text: string): void => {
    logger.logCommandText(`${text.replace(/\r$/, '')}\n`, command);
  };
  return {
    print(command, piece) {
      const lines = `${rest.get(command) ?? ''}${piece}`.split('\n');
      const last = lines.pop() ?? '';
      for (const text of lines) printLine(command, text);
      if (last.length > LONGEST_LINE) printLine(command, last);
      rest.set(command, last.length > LONGEST_LINE ? '' : last);
    },
    event(command, text) {
      logger.logCommandEvent(text, command);
    },
    flush(command) {
      const last = rest.get(command) ?? '';
      rest.delete(command);
      if (last !== '') printLine(command, last);
    },
  };
}
