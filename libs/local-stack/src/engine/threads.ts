/**
 * Threads of libuv's pool: every call into the engine occupies one until it returns, and the default of four would let
 * four slow reports stop all inserts. The lanes together take twelve.
 */
export const THREADS = 16;

/**
 * The pool's size is read from the environment when the process starts; whoever starts the engine sets it.
 * @throws Error that names the variable.
 */
export function checkThreads(given: string | undefined): void {
  if (Number(given) >= THREADS) return;
  throw new Error(
    `The engine must be started with UV_THREADPOOL_SIZE=${THREADS} in its environment (it is ${given ?? 'not set'}): with fewer threads slow queries stop inserts`,
  );
}
