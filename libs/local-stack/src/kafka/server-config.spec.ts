import { describe, expect, it } from '@jest/globals';
import { log4jConfig, serverProperties } from './server-config.js';

describe('serverProperties', () => {
  const text = serverProperties('/data', { broker: 1111, controller: 2222 });

  it('listens on this machine only', () => {
    const listeners = text.match(/^(?:advertised\.)?listeners=.*$/gm)?.join(',') ?? '';
    expect(listeners.match(/\/\/[^:]+/g)).toEqual(['//127.0.0.1', '//127.0.0.1', '//127.0.0.1']);
  });

  it('keeps the positions of a group that was away for years', () => {
    const minutes = Number(/^offsets\.retention\.minutes=(\d+)$/m.exec(text)?.[1]);
    expect(minutes).toBeGreaterThan(5 * 365 * 24 * 60);
    // Kafka reads it as a 32-bit number.
    expect(minutes).toBeLessThan(2 ** 31);
  });

  it('never makes a topic because somebody mistyped its name', () => {
    expect(text).toContain('auto.create.topics.enable=false\n');
  });

  it('writes a path so that Java reads it back', () => {
    expect(serverProperties('C:\\data', { broker: 1, controller: 2 })).toContain(
      'log.dirs=C:\\\\data\n',
    );
    expect(log4jConfig('/x/server.log')).toContain('fileName=/x/server.log\n');
  });
});
