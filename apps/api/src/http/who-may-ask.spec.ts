import { describe, expect, it } from '@jest/globals';
import {
  isForeignOrigin,
  isLoopback,
  isOurHost,
  refuseOpenHost,
  TokenCheck,
} from './who-may-ask.js';

describe('who may ask', () => {
  it.each(['127.0.0.1', '127.9.9.9', 'localhost', '::1'])('%s is this machine', (host) => {
    expect(isLoopback(host)).toBe(true);
    expect(() => {
      refuseOpenHost(host, undefined);
    }).not.toThrow();
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'example.com', '127.0.0.1.example.com', '127.1', ''])(
    '%p can be reached by others: only with a token',
    (host) => {
      expect(isLoopback(host)).toBe(false);
      expect(() => {
        refuseOpenHost(host, undefined);
      }).toThrow(/KEYWATCH_API_TOKEN/);
      expect(() => {
        refuseOpenHost(host, 'a-secret-of-some-length');
      }).not.toThrow();
    },
  );

  it.each([
    ['localhost:4100', true],
    ['127.0.0.1:4100', true],
    ['[::1]:4100', true],
    ['localhost:4101', false],
    ['localhost', false],
    ['evil.example:4100', false],
    ['localhost.evil.example:4100', false],
    ['127.0.0.1@evil.example:4100', false],
    ['[::2]:4100', false],
    ['localhost:4100:4100', false],
    ['', false],
    [undefined, false],
  ])('a Host of %p on port 4100: %p', (host, ours) => {
    expect(isOurHost(host, 4100)).toBe(ours);
  });

  it('a Host without a port is port 80', () => {
    expect(isOurHost('localhost', 80)).toBe(true);
  });

  it.each([
    [undefined, false],
    ['http://localhost:4100', false],
    ['https://evil.example', true],
    ['http://localhost:4101', true],
    ['null', true],
    ['', true],
  ])('a page of origin %p is foreign: %p', (origin, foreign) => {
    expect(isForeignOrigin(origin, 'localhost:4100')).toBe(foreign);
  });

  it.each([
    ['Bearer a-secret-of-some-length', true],
    ['bearer  a-secret-of-some-length', true],
    ['Bearer a-secret-of-some-lengt', false],
    ['Bearer a-secret-of-some-length2', false],
    ['Basic a-secret-of-some-length', false],
    ['a-secret-of-some-length', false],
    ['Bearer ', false],
    [undefined, false],
  ])('Authorization %p is accepted: %p', (authorization, accepted) => {
    expect(new TokenCheck('a-secret-of-some-length').accepts(authorization)).toBe(accepted);
  });
});
