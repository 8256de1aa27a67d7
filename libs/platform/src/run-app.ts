import { SettingsError } from './config/read-settings.js';
import { createLog, type Log } from './observability/log.js';

/**
 * Runs an app's start and turns what goes wrong for good into a line and exit code 1: the supervisor restarts the
 * process and the log is still there. Settings problems are printed as they are, without a stack.
 */
export function runApp(app: string, start: () => Promise<void>): void {
  start().catch((error: unknown) => {
    die(app, error);
  });
  process.on('unhandledRejection', (error) => {
    die(app, error);
  });
  process.on('uncaughtException', (error) => {
    die(app, error);
  });
}

/** Ends the process with a message: a bug, or an answer that will never change. Never returns. */
export function die(app: string, error: unknown, log?: Log): never {
  if (error instanceof SettingsError) {
    process.stderr.write(`${app}: ${error.message}\n`);
  } else {
    const err = error instanceof Error ? error : new Error(String(error));
    const lines =
      log ?? createLog({ app, level: 'error', format: 'json', destination: process.stderr });
    lines.error({ err }, err.message);
  }
  process.exit(1);
}
