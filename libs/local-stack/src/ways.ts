import { type Log } from './log.js';
import { messageOf } from './waiting.js';

/** One way to get a server. */
export interface Way<Handle> {
  /** As it appears in the message when no way works. */
  readonly title: string;
  /** Why it isn't tried at all; missing: it is tried. */
  readonly skipped?: string;
  readonly start: () => Promise<Handle>;
}

/** No way worked: what was needed, and for each way why not. */
export class NoWayError extends Error {
  override readonly name = 'NoWayError';
  constructor(
    readonly what: string,
    readonly reasons: readonly { readonly title: string; readonly reason: string }[],
    options?: ErrorOptions,
  ) {
    const list = reasons.map(({ title, reason }, i) => `  ${i + 1}. ${title}\n     now: ${reason}`);
    super(`No ${what} to use. One of these is enough:\n${list.join('\n')}`, options);
  }
}

/**
 * The first way that works, tried in order.
 * @throws NoWayError with the reason of each; an abort of `signal` is passed on as it is.
 */
export async function firstWay<Handle>(
  what: string,
  ways: readonly Way<Handle>[],
  log: Log,
  signal?: AbortSignal,
): Promise<Handle> {
  const reasons: { title: string; reason: string }[] = [];
  let cause: unknown;
  for (const { title, skipped, start } of ways) {
    if (skipped !== undefined) {
      reasons.push({ title, reason: skipped });
      continue;
    }
    try {
      return await start();
    } catch (error) {
      signal?.throwIfAborted();
      cause = error;
      reasons.push({ title, reason: messageOf(error) });
      log(`${what}: ${messageOf(error).split('\n', 1)[0] ?? ''}`);
    }
  }
  throw new NoWayError(what, reasons, { cause });
}
