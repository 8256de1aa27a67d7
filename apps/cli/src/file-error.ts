import { fileErrorInWords } from '@keywatch/platform';
import { CommandError } from './command-error.js';

/** What ends a command that can't read or write a file. @param error of node:fs */
export function fileError(
  file: string,
  error: unknown,
  deed: 'read' | 'written' = 'read',
): CommandError {
  return new CommandError(fileErrorInWords(file, error, deed));
}
