import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { exitWhenOrphaned } from './leash.js';

/** Counts what the leash does; `graceMs` 0 forces in the next turn. */
function onLeash(env: NodeJS.ProcessEnv) {
  const stdin = new PassThrough();
  const did: string[] = [];
  const forced = Promise.withResolvers<undefined>();
  const on = exitWhenOrphaned({
    env,
    stdin,
    graceMs: 0,
    end: () => did.push('end'),
    force: () => {
      did.push('force');
      forced.resolve(undefined);
    },
  });
  return { stdin, did, on, forced: forced.promise };
}

describe('exitWhenOrphaned', () => {
  it('asks once for an orderly end when standard input closes, then forces it', async () => {
    const { stdin, did, on, forced } = onLeash({ KEYWATCH_LEASH: '1' });
    expect(on).toBe(true);
    stdin.end();
    const keepAlive = setInterval(() => undefined, 1_000);
    await Promise.all([once(stdin, 'close'), forced]);
    clearInterval(keepAlive);
    expect(did).toEqual(['end', 'force']);
  });

  it('ends when reading standard input fails', async () => {
    const { stdin, did } = onLeash({ KEYWATCH_LEASH: '1' });
    const closed = new Promise((resolve) => stdin.on('close', resolve));
    stdin.destroy(new Error('EIO'));
    await closed;
    expect(did).toContain('end');
  });

  it('takes what is written to it as no sign of an end', async () => {
    const { stdin, did } = onLeash({ KEYWATCH_LEASH: '1' });
    await new Promise((resolve) => stdin.write('hello', resolve));
    expect(did).toEqual([]);
  });

  it('does nothing when nobody holds a leash: started by hand, standard input may be closed', async () => {
    const { stdin, did, on } = onLeash({});
    expect(on).toBe(false);
    stdin.resume().end();
    await once(stdin, 'close');
    expect(did).toEqual([]);
  });
});
