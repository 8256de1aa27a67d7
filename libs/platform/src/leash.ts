/** Set by the supervisor for every app it starts: the app's standard input is then a pipe that the supervisor holds. */
export const LEASH_VARIABLE = 'KEYWATCH_LEASH';

export interface LeashOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: NodeJS.ReadableStream & { unref?: () => unknown };
  /** Asks the app to end in good order; sends itself SIGTERM unless told otherwise. */
  readonly end?: () => void;
  /** Ends it by force; process.exit(1) unless told otherwise. */
  readonly force?: () => void;
  /** How long an orderly end may take before it is forced, in milliseconds. */
  readonly graceMs?: number;
}

/**
 * Ends this process when the supervisor that started it is gone, also after kill -9 of the supervisor: the system then
 * closes the pipe that is our standard input. First in good order (SIGTERM to ourselves, so that shutdown hooks run),
 * after `graceMs` (10 s) by force. Does nothing unless KEYWATCH_LEASH=1: started by hand, a closed standard input means
 * nothing.
 * @returns whether the leash is on.
 */
export function exitWhenOrphaned(options: LeashOptions = {}): boolean {
  const env = options.env ?? process.env;
  if (env[LEASH_VARIABLE] !== '1') return false;
  const stdin = options.stdin ?? process.stdin;
  const end = options.end ?? (() => process.kill(process.pid, 'SIGTERM'));
  const force = options.force ?? (() => process.exit(1));
  let orphaned = false;
  const onGone = (): void => {
    if (orphaned) return;
    orphaned = true;
    setTimeout(force, options.graceMs ?? 10_000).unref();
    end();
  };
  stdin.on('end', onGone);
  stdin.on('close', onGone);
  stdin.on('error', onGone);
  stdin.resume();
  // Listening alone must not keep an app alive that has finished.
  stdin.unref?.();
  return true;
}
