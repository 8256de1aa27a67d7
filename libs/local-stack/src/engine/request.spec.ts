import { describe, expect, it } from '@jest/globals';
import { authenticate, isOurHost } from './request.js';

const known = { user: 'keywatch', password: 'a:b', analyst: { user: 'analyst', password: 'c' } };
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
const none = new URLSearchParams();

describe('who asks', () => {
  it('is told by headers, by HTTP Basic or by the URL', () => {
    expect(authenticate({ authorization: basic('keywatch:a:b') }, none, known)).toBe('owner');
    expect(
      authenticate({ 'x-clickhouse-user': 'analyst', 'x-clickhouse-key': 'c' }, none, known),
    ).toBe('analyst');
    expect(authenticate({}, new URLSearchParams({ user: 'analyst', password: 'c' }), known)).toBe(
      'analyst',
    );
  });

  it.each([
    [{ authorization: basic('keywatch:x') }, 403],
    [{ authorization: basic('default') }, 403],
    [{ 'x-clickhouse-user': 'keywatch' }, 403],
    [{ 'x-clickhouse-key': 'a:b' }, 403],
    [{ authorization: 'Bearer x' }, 401],
    [{}, 401],
  ])('%j is refused with %i', (headers, status) => {
    expect(() => authenticate(headers, none, known)).toThrow(
      expect.objectContaining({ code: 516, status }),
    );
  });

  it('never says a password', () => {
    expect(() => authenticate({ authorization: basic('keywatch:secret') }, none, known)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });
});

describe('the Host header', () => {
  it.each([
    ['127.0.0.1:8123', true],
    ['localhost:8123', true],
    ['LOCALHOST:8123', true],
    ['[::1]:8123', true],
    ['127.0.0.1:8124', false],
    ['127.0.0.1', false],
    ['evil.example:8123', false],
    ['localhost.evil.example:8123', false],
    ['', false],
    [undefined, false],
  ])('%s: %s', (header, ours) => {
    expect(isOurHost(header, '127.0.0.1', 8123)).toBe(ours);
  });

  it('may be the name that the server was told to listen on', () => {
    expect(isOurHost('10.0.0.5:8123', '10.0.0.5', 8123)).toBe(true);
    expect(isOurHost('localhost', '127.0.0.1', 80)).toBe(true);
  });
});
