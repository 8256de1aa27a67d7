import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';

/** Replaces a file as a whole: a reader, or a crash, sees the old text or the new one, never half of it. */
export async function writeAtomically(path: string, text: string, mode = 0o644): Promise<void> {
  const draft = `${path}.${process.pid}-${randomUUID()}.tmp`;
  try {
    const file = await open(draft, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** The JSON in a file, or undefined when there is no file or no JSON in it. The caller checks its shape. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || isMissing(error)) return undefined;
    throw error;
  }
}

export const isMissing = (error: unknown): boolean => errorCode(error) === 'ENOENT';

/** The code of a system error (ENOENT, EEXIST, ...). */
export function errorCode(error: unknown): string | undefined {
  const code = isRecord(error) ? error['code'] : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** True for an object whose members may be looked at one by one. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Characters that the embedded engine takes for a pattern of file names, without a way to escape them. */
const PATTERN = /[*?{}]/;

/** @throws Error in words when the path of a data folder has a character that the engine can't take in a file name. */
export function checkDataPath(path: string): void {
  const bad = PATTERN.exec(path)?.[0];
  if (bad === undefined) return;
  throw new Error(
    `The data folder's path (${path}) has a '${bad}' in it, which the embedded engine takes for a pattern; give it a path without * ? { }`,
  );
}
