import { type Service } from '../service.js';

interface Supervised {
  /** Prefix of its log lines; unique. */
  readonly name: string;
  /** Names of those that must be up before this one starts; on stop this one ends before them. */
  readonly after?: readonly string[];
  /** Whether it is started again when it ends by itself, whatever its exit code; true unless told. */
  readonly restart?: boolean;
}

/** A command that we start. Its output becomes prefixed lines; its standard input is the leash (KEYWATCH_LEASH=1). */
export interface CommandSpec extends Supervised {
  readonly command: string;
  readonly args?: readonly string[];
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Settles when it is up, rejects when it can't be; missing: it is up as soon as it runs. */
  readonly ready?: (signal: AbortSignal) => Promise<void>;
  /** Longer than this is a failure; 120 s unless told. */
  readonly readyTimeoutMs?: number;
}

/** Something that starts itself and settles when it is up: the broker, the engine. */
export interface ServiceSpec extends Supervised {
  readonly start: (signal: AbortSignal) => Promise<Service>;
}

export type ProcessSpec = CommandSpec | ServiceSpec;

/** @throws Error when a name is there twice, or `after` names nobody or goes round in a circle. */
export function checkOrder(specs: readonly ProcessSpec[]): void {
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  if (byName.size !== specs.length) throw new Error('two processes have the same name');
  const done = new Set<string>();
  const visit = (spec: ProcessSpec, path: readonly string[]): void => {
    if (path.includes(spec.name)) {
      throw new Error(`processes wait for each other: ${[...path, spec.name].join(' after ')}`);
    }
    if (done.has(spec.name)) return;
    for (const name of spec.after ?? []) {
      const before = byName.get(name);
      if (before === undefined)
        throw new Error(`${spec.name} starts after ${name}, which is not there`);
      visit(before, [...path, spec.name]);
    }
    done.add(spec.name);
  };
  for (const spec of specs) visit(spec, []);
}
