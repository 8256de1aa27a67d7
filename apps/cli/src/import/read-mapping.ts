import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { CommandError } from '../command-error.js';
import { fileError } from '../file-error.js';

/** A mapping file, YAML or JSON (which is YAML), parsed and unchecked. @throws CommandError that names the place */
export async function readMapping(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileError(file, error);
  });
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true });
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message }) => `  ${message.split('\n')[0] ?? ''}`);
    throw new CommandError(`${file} is neither YAML nor JSON:\n${problems.join('\n')}`);
  }
  return document.toJS({ maxAliasCount: 100 }) as unknown;
}
