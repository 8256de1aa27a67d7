import { execa } from 'execa';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRecord, readJson } from '../files.js';
import { lock } from '../folder-lock.js';
import { type Log } from '../log.js';
import { isMissing } from '../files.js';

export const KAFKA_VERSION = '4.3.1';

const POM = fileURLToPath(new URL('../../kafka/pom.xml', import.meta.url));
const MANIFEST = 'manifest.json';
/** The jars are 45 MB; a slow line needs minutes, a dead one should not hold a newcomer for ever. */
const DOWNLOAD_MS = 5 * 60_000;

/** Copies the jars that a pom names into a folder. */
export type CopyJars = (pom: string, folder: string, signal?: AbortSignal) => Promise<void>;

/** `mvn dependency:copy-dependencies`; from the network, or from Maven's own cache when that has everything. */
export const copyWithMaven =
  (maven: string): CopyJars =>
  async (pom, folder, signal) => {
    const result = await execa(
      maven,
      ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`],
      {
        all: true,
        reject: false,
        stdin: 'ignore',
        timeout: DOWNLOAD_MS,
        ...(signal === undefined ? {} : { cancelSignal: signal }),
      },
    );
    signal?.throwIfAborted();
    if (result.timedOut)
      throw new Error(`fetching the jars took longer than ${DOWNLOAD_MS / 60_000} minutes`);
    if (result.failed)
      throw new Error(`Maven could not fetch the jars: ${firstErrors(result.all)}`);
  };

/** True when the folder holds every jar that was installed there, each with its size. */
export async function jarsAreComplete(folder: string): Promise<boolean> {
  const manifest = await readJson(join(folder, MANIFEST));
  if (!isRecord(manifest)) return false;
  const sizes = await Promise.all(Object.keys(manifest).map((name) => sizeOf(join(folder, name))));
  return sizes.length > 0 && Object.values(manifest).every((size, i) => size === sizes[i]);
}

/**
 * Sees to it that `folder` holds the broker's jars; fetches them once. The folder appears as a whole or not at all, and
 * of several that want it at the same time one fetches while the others wait.
 * @throws Error with the reason when they can't be fetched.
 */
export async function installJars(
  folder: string,
  copy: CopyJars,
  log: Log,
  signal?: AbortSignal,
): Promise<void> {
  if (await jarsAreComplete(folder)) return;
  const held = await lock(`${folder}.lock`, DOWNLOAD_MS + 10_000);
  const draft = `${folder}.${process.pid}.tmp`;
  try {
    if (await jarsAreComplete(folder)) return;
    log(`fetching the jars of Kafka ${KAFKA_VERSION} (45 MB, once) into ${folder}`);
    await removeDrafts(folder);
    await mkdir(draft, { recursive: true });
    await copy(POM, draft, signal);
    await writeManifest(draft);
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
    await held.release();
  }
}

async function writeManifest(folder: string): Promise<void> {
  const jars = (await readdir(folder)).filter((name) => name.endsWith('.jar')).sort();
  if (!jars.includes(`kafka_2.13-${KAFKA_VERSION}.jar`)) {
    throw new Error(`the jars that were fetched are not those of Kafka ${KAFKA_VERSION}`);
  }
  const sizes = await Promise.all(
    jars.map(async (name) => [name, await sizeOf(join(folder, name))] as const),
  );
  await writeFile(join(folder, MANIFEST), JSON.stringify(Object.fromEntries(sizes)));
}

/** What an install that was killed left behind; we hold the lock, so nobody works in them. */
async function removeDrafts(folder: string): Promise<void> {
  const parent = dirname(folder);
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    if (path.startsWith(`${folder}.`) && name.endsWith('.tmp')) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Maven says a failure in many lines; the first two that say ERROR hold the reason. */
function firstErrors(output: string): string {
  const errors = output
    .split('\n')
    .filter((line) => line.includes('ERROR'))
    .map((line) => line.replace(/^.*?\[?ERROR\]?\s*/, '').trim())
    .filter((line) => line !== '');
  const said = errors.length > 0 ? errors.slice(0, 2).join(' ') : output.trim().slice(-400);
  return said.slice(0, 600);
}
