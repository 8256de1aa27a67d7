import { createRequire } from 'node:module';
import type { ChdbResult, Session } from 'chdb';

export type { ChdbResult, Session };

/** What this project uses of the npm package chdb. */
export interface Chdb {
  readonly Session: new (path: string, options?: { connectionArgs: string[] }) => Session;
  drainPending(): Promise<void>;
}

/** Loads the engine (about 300 MB of shared library) into this process. */
export async function loadChdb(): Promise<Chdb> {
  return await import('chdb');
}

export type EngineAvailability =
  { readonly available: true } | { readonly available: false; readonly reason: string };

/** Where chdb has binaries: the platform's package by Node's platform and architecture. */
const BINARIES: Readonly<Record<string, string>> = {
  'linux-x64': '@chdb/lib-linux-x64-gnu',
  'linux-arm64': '@chdb/lib-linux-arm64-gnu',
  'darwin-x64': '@chdb/lib-darwin-x64',
  'darwin-arm64': '@chdb/lib-darwin-arm64',
};

export interface Host {
  readonly platform: string;
  readonly arch: string;
  readonly glibc: boolean;
  /** Finds a package of this project, as seen from chdb; throws when it isn't installed. */
  readonly resolve: (name: string) => string;
}

/** Whether the embedded engine can run here, without loading it; else why not, and what to do about it. */
export function engineAvailable(host: Host = thisHost()): EngineAvailability {
  const binary = BINARIES[`${host.platform}-${host.arch}`];
  if (binary === undefined)
    return no(
      `the npm package chdb has no binary for ${host.platform} ${host.arch}; it runs on Linux with glibc and on macOS (on Windows: WSL 2)`,
    );
  if (host.platform === 'linux' && !host.glibc)
    return no('the npm package chdb needs glibc, and this Linux has another C library (musl)');
  for (const name of ['chdb', binary])
    try {
      host.resolve(name);
    } catch {
      return no(
        `the npm package ${name} is not installed; run npm install without --omit=optional`,
      );
    }
  return { available: true };
}

const no = (reason: string): EngineAvailability => ({ available: false, reason });

function thisHost(): Host {
  const here = createRequire(import.meta.url);
  return {
    platform: process.platform,
    arch: process.arch,
    glibc: hasGlibc(),
    // The binaries are chdb's dependencies, not ours.
    resolve: (name) =>
      name === 'chdb' ? here.resolve(name) : createRequire(here.resolve('chdb')).resolve(name),
  };
}

function hasGlibc(): boolean {
  if (process.platform !== 'linux') return false;
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime !== undefined;
}
