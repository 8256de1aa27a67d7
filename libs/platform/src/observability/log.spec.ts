import { describe, expect, it } from '@jest/globals';
import { createLog, NestLog, type Log } from './log.js';

function capture(
  format: 'json' | 'text',
  level: 'debug' | 'info' = 'info',
): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const log = createLog({
    app: 'ingest',
    level,
    format,
    destination: { write: (line: string) => lines.push(line) },
  });
  return { log, lines };
}

describe('createLog', () => {
  it('replaces secrets before they reach a line', () => {
    const { log, lines } = capture('json');
    log.info(
      { user: 'u', password: 'p4ss', headers: { authorization: 'Bearer abc' } },
      'connected',
    );
    expect(lines[0]).toContain('[redacted]');
    expect(lines[0]).not.toMatch(/p4ss|abc/);
  });

  it('writes a line for people as time, level, message, facts', () => {
    const { log, lines } = capture('text');
    log.warn({ partition: 3, topic: 't' }, 'partition paused');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d WARN {2}partition paused partition=3 topic=t\n$/);
  });

  it('shows the stack of an error under its line', () => {
    const { log, lines } = capture('text');
    log.error({ err: new Error('boom') }, 'failed');
    expect(lines[0]).toMatch(/ERROR failed\nError: boom\n {4}at /);
  });
});

describe('NestLog', () => {
  it("keeps Nest's chatter out of info and its errors in", () => {
    const { log, lines } = capture('json');
    const nest = new NestLog(log);
    nest.log('Nest application successfully started', 'NestApplication');
    expect(lines).toHaveLength(0);
    nest.error(new Error('no provider'), 'Injector');
    expect(lines[0]).toContain('no provider');
  });
});
