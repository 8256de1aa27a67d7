import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { die, type Log } from '@keywatch/platform';

/** What is still under way then is cut off; a supervisor kills soon after. */
const GRACE_MS = 10_000;

interface Stoppable {
  close(): Promise<void>;
  getHttpServer(): { closeAllConnections(): void };
}

/**
 * Takes no new connection, finishes what is under way (for `graceMs` at most), then closes the clients that answers
 * lean on.
 */
export async function stop(
  app: Stoppable,
  closeClients: () => Promise<void>,
  graceMs = GRACE_MS,
): Promise<void> {
  const cut = setTimeout(() => {
    app.getHttpServer().closeAllConnections();
  }, graceMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
  await closeClients();
}

/** On SIGTERM and SIGINT the process ends in good order, with exit code 0. */
export function stopInOrder(
  app: NestFastifyApplication,
  log: Log,
  closeClients: () => Promise<void>,
): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      stop(app, closeClients).then(
        () => process.exit(0),
        (error: unknown) => die('api', error, log),
      );
    });
  }
}
