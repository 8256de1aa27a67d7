import type { FastifyReply } from 'fastify';

/** Calls back once, when the answer is out or its asker is gone. */
export function whenOver({ raw }: FastifyReply, callback: () => void): void {
  let called = false;
  const once = (): void => {
    if (called) return;
    called = true;
    callback();
  };
  raw.once('finish', once);
  raw.once('close', once);
}

/** Aborts when the asker is gone before the answer is out. */
export function askerSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Error('the asker closed the connection'));
  });
  return gone.signal;
}
