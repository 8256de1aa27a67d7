export interface Interruption {
  readonly signal: AbortSignal;
  /** Settles at the first interruption. */
  readonly promise: Promise<void>;
}

/** One Ctrl-C may arrive twice: from the terminal, and passed on by npm. Only a later one means impatience. */
const SAME_MS = 1000;
/** SIGHUP: the terminal was closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface InterruptOptions {
  readonly from?: NodeJS.EventEmitter;
  readonly exit?: (code: number) => void;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number;
}

/**
 * Ctrl-C, or the request of whoever started us, as something to wait for. A second one more than a second later ends the
 * process at once, with exit code 130.
 */
export function untilInterrupted({
  from = process,
  exit = (code) => process.exit(code),
  now = () => performance.now(),
}: InterruptOptions = {}): Interruption {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let firstMs = 0;
  const interrupt = (): void => {
    if (controller.signal.aborted) {
      if (now() - firstMs > SAME_MS) exit(130);
      return;
    }
    firstMs = now();
    controller.abort();
    resolve(undefined);
  };
  for (const name of SIGNALS) from.on(name, interrupt);
  return { signal: controller.signal, promise };
}
