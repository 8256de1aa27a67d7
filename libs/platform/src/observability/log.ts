import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

export interface LogOptions {
  readonly app: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly format: 'json' | 'text';
  /** Where lines go; default standard output. */
  readonly destination?: DestinationStream;
}

const SECRET_PATHS = [
  'password',
  'secret',
  'token',
  'authorization',
  '*.password',
  '*.secret',
  '*.token',
  '*.authorization',
  'headers.authorization',
];

/** A structured log whose secret members are replaced before they reach a line. */
export function createLog(options: LogOptions): Log {
  const destination = options.destination ?? process.stdout;
  return pino(
    {
      level: options.level,
      base: { app: options.app },
      redact: { paths: SECRET_PATHS, censor: '[redacted]' },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    options.format === 'json'
      ? destination
      : { write: (line) => destination.write(textLine(line)) },
  );
}

/** `12:03:11 WARN  message  key=value ...` of one JSON line. */
export function textLine(json: string): string {
  const { time, level, app: _app, msg, err, ...rest } = JSON.parse(json) as Record<string, unknown>;
  const facts = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const clock = typeof time === 'string' ? time.slice(11, 19) : '';
  const label = typeof level === 'string' ? level.toUpperCase().padEnd(5) : '';
  const message = typeof msg === 'string' ? msg : '';
  const error = (err as { message?: string; stack?: string } | undefined)?.stack ?? '';
  return `${[clock, label, message, ...facts].filter((part) => part !== '').join(' ')}${error === '' ? '' : `\n${error}`}\n`;
}

/** Nest's logger over ours. Nest's start-up chatter is debug; its warnings and errors stay what they are. */
export class NestLog implements LoggerService {
  constructor(private readonly logger: Log) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug({ context: rest.at(-1) }, String(message));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug({ context: rest.at(-1) }, String(message));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.debug(message, ...rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn({ context: rest.at(-1) }, String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    const err = message instanceof Error ? message : undefined;
    this.logger.error(
      { context: rest.at(-1), ...(err ? { err } : {}) },
      err?.message ?? String(message),
    );
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.error(message, ...rest);
  }
}
