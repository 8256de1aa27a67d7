import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  DEFAULT_POLICY,
  FileProblems,
  parseRulesFile,
  SETTABLE,
  type DetectionPolicy,
} from '@keywatch/detection';
import { rulesFilePlaces } from '@keywatch/platform';
import { CommandError } from '../command-error.js';
import { fileError } from '../file-error.js';
import type { CliSettings } from '../settings.js';

export interface HeldPolicy {
  readonly policy: DetectionPolicy;
  /** Where it comes from; undefined: there is no file, the defaults hold. */
  readonly path: string | undefined;
}

/** What the settings file says that detection follows. @throws CommandError with everything that is wrong with it. */
export async function heldPolicy(
  settings: CliSettings,
  data: string | undefined,
  file?: string,
): Promise<HeldPolicy> {
  const named = file ?? settings.KEYWATCH_RULES_FILE;
  const { paths, required } = rulesFilePlaces({
    KEYWATCH_RULES_FILE: named,
    KEYWATCH_DATA: resolve(data ?? settings.KEYWATCH_DATA),
  });
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !required) return undefined;
      throw fileError(path, error);
    });
    if (text !== undefined) return { policy: checked(text, path), path };
  }
  return { policy: DEFAULT_POLICY, path: undefined };
}

/** @throws CommandError (exit code 1) with everything that is wrong with the file. */
export function checked(text: string, path: string): DetectionPolicy {
  try {
    return parseRulesFile(text, SETTABLE, path);
  } catch (error) {
    if (error instanceof FileProblems) throw new CommandError(error.message, 1);
    throw error;
  }
}

/** A file that a person named. @throws CommandError where it can't be read */
export async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(path, error);
  });
}
