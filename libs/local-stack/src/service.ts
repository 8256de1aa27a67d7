/** How a process ended: its exit code, or the signal that ended it. Both are missing where nobody can know. */
export interface Exit {
  readonly code?: number;
  readonly signal?: NodeJS.Signals;
}

/** Something that runs beside us and that we may stop: a process, a container, or nothing of ours (a given server). */
export interface Service {
  /** The process that does the work; missing for containers and given servers. */
  readonly pid?: number;
  /** Settles when it has ended, for whatever reason. Never settles for a server that was given. */
  readonly exited: Promise<Exit>;
  /** Ends it in good order, by force after its grace. Harmless when it has ended already. */
  stop(): Promise<void>;
  /** Sends a signal to the process that does the work; does nothing for a given server. */
  kill(signal: NodeJS.Signals): void;
}

export function describeExit(exit: Exit): string {
  if (exit.signal !== undefined) return `was ended by ${exit.signal}`;
  if (exit.code !== undefined) return `ended with exit code ${exit.code}`;
  return 'ended';
}
