import { describe, expect, it } from '@jest/globals';
import { actorOf } from './actor.js';

describe('who does it', () => {
  it('is who is named, else the user of the machine', () => {
    expect(actorOf('ann', () => 'root')).toBe('ann');
    expect(actorOf(undefined, () => 'root')).toBe('root');
  });

  it('has to be named where the machine does not know its user', () => {
    const unknown = (): string => {
      throw new Error('uv_os_get_passwd returned ENOENT');
    };
    expect(() => actorOf(undefined, unknown)).toThrow('say it with --by NAME');
  });
});
