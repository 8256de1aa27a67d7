export interface Interruption {
  readonly signal: AbortSignal;
  /** Settles at the first SIGINT or SIGTERM. A second one ends the process at once. */
  readonly promise: Promise<void>;
}

/** Ctrl-C, or the request of whoever started us, as something to wait for. */
export function untilInterrupted(): Interruption {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    resolve(undefined);
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return { signal: controller.signal, promise };
}
