import { readFileSync } from 'node:fs';
import { fileErrorInWords } from './file-error-in-words.js';
import { SETTINGS, type Setting, type SettingName, type Settings } from './settings.js';

/** Every problem of the settings at once, each with the variable's name and an example. */
export class SettingsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`Settings are wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the named settings from the environment. An empty variable counts as missing. NAME_FILE names a file that
 * holds the value, for secrets.
 * @throws SettingsError with every problem, also for KEYWATCH_ variables that no setting has (a misspelling).
 */
export function readSettings<N extends SettingName>(
  names: readonly N[],
  environment: Environment = process.env,
): Settings<N> {
  const problems = misspelt(environment);
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of names) {
    const setting: Setting = SETTINGS[name];
    const raw = rawValue(name, environment, problems);
    const result = setting.schema.safeParse(raw);
    if (result.success) values[name] = result.data;
    else
      problems.push(problemOf(name, setting, result.error.issues[0]?.message ?? 'is invalid', raw));
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return values as Settings<N>;
}

function rawValue(name: string, environment: Environment, problems: string[]): string | undefined {
  const direct = environment[name];
  if (direct !== undefined && direct !== '') return direct;
  const file = environment[`${name}_FILE`];
  if (file === undefined || file === '') return undefined;
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch (error) {
    problems.push(`${name}_FILE: ${fileErrorInWords(file, error)}`);
    return undefined;
  }
}

function problemOf(
  name: string,
  setting: Setting,
  message: string,
  raw: string | undefined,
): string {
  const shown =
    raw === undefined
      ? 'is missing'
      : setting.secret === true
        ? 'is set'
        : `is ${JSON.stringify(raw)}`;
  return `${name} ${shown}: ${message}. Example: ${name}=${setting.example}`;
}

function misspelt(environment: Environment): string[] {
  const known = (name: string): boolean =>
    name in SETTINGS || (name.endsWith('_FILE') && name.slice(0, -5) in SETTINGS);
  return Object.keys(environment)
    .filter((name) => name.startsWith('KEYWATCH_') && !known(name))
    .map((name) => `${name} is no setting; the settings are listed in docs/settings.md`);
}

/** Whether this process runs as part of a failure test: only then are test hooks honoured. */
export function isTestRun(environment: Environment = process.env): boolean {
  return environment['NODE_ENV'] === 'test';
}
