import { describe, expect, it } from '@jest/globals';
import { type Session } from './chdb.js';
import { Connections, type Wanted } from './connections.js';

/** Sessions that write down what they are told. */
function recorder(): { open: () => Session; said: string[][]; closed: number[] } {
  const said: string[][] = [];
  const closed: number[] = [];
  return {
    said,
    closed,
    open: () => {
      const lines: string[] = [];
      const number = said.push(lines) - 1;
      const session = {
        queryAsync: (sql: string) => {
          if (sql.includes('nope')) return Promise.reject(new Error('Code: 115. Unknown setting'));
          lines.push(sql);
          return Promise.resolve();
        },
        close: () => closed.push(number),
      };
      return session as unknown as Session;
    },
  };
}

const wanted = (settings: Record<string, string> = {}, more: Partial<Wanted> = {}): Wanted => ({
  settings: new Map(Object.entries(settings)),
  params: new Map(),
  database: undefined,
  ...more,
});
const select = async (session: Session): Promise<void> => {
  await session.queryAsync('SELECT');
};

describe('connections', () => {
  it('carry no setting, database or SET from one statement to the next', async () => {
    const { open, said, closed } = recorder();
    const connections = new Connections(open);
    await connections.use(wanted({ a: '1' }, { database: 'kw' }), false, select);
    await connections.use(wanted({ b: '2' }), false, select);
    await connections.use(wanted({ b: '2' }), true, select);
    await connections.use(wanted(), false, select);
    expect(said).toEqual([
      [
        'USE `kw`',
        'SET a = 1',
        'SELECT',
        'USE `default`',
        'SET b = 2, a = DEFAULT',
        'SELECT',
        'SELECT',
      ],
      ['SELECT'],
    ]);
    expect(closed).toEqual([0]);
  });

  it('bind parameters before readonly seals the connection', async () => {
    const { open, said } = recorder();
    await new Connections(open).use(
      wanted({ readonly: '1' }, { params: new Map([['x', "o'clock"]]) }),
      false,
      select,
    );
    expect(said).toEqual([["SET param_x = 'o\\'clock'", 'SET readonly = 1', 'SELECT']]);
  });

  it('reuse a sealed one for the same settings only', async () => {
    const { open, said } = recorder();
    const connections = new Connections(open);
    await connections.use(wanted({ readonly: '1' }), false, select);
    await connections.use(wanted({ readonly: '1' }), false, select);
    await connections.use(wanted({ readonly: '1', a: '1' }), false, select);
    await connections.use(wanted(), false, select);
    expect(said).toEqual([
      ['SET readonly = 1', 'SELECT', 'SELECT'],
      ['SET readonly = 1, a = 1', 'SELECT'],
      ['SELECT'],
    ]);
  });

  it('are thrown away after a failure: settings may be half set, a stream half open', async () => {
    const { open, closed } = recorder();
    const connections = new Connections(open);
    await expect(connections.use(wanted({ nope: '1' }), false, select)).rejects.toThrow('115');
    const failing = connections.use(wanted(), false, () => Promise.reject(new Error('boom')));
    await expect(failing).rejects.toThrow('boom');
    expect(closed).toEqual([0, 1]);
  });

  it('are never shared by two statements at once', async () => {
    const { open, said } = recorder();
    const connections = new Connections(open);
    await Promise.all([
      connections.use(wanted(), false, select),
      connections.use(wanted(), false, select),
    ]);
    expect(said).toHaveLength(2);
  });

  it('refuse new ones while too many closed ones wait for a long statement', async () => {
    const { open } = recorder();
    const connections = new Connections(open);
    let end = (): void => undefined;
    const long = connections.use(wanted(), false, () => new Promise<void>((done) => (end = done)));
    const failing = (): Promise<unknown> =>
      connections.use(wanted(), false, () => Promise.reject(new Error('boom'))).catch(String);
    const answers = new Set<unknown>();
    for (let i = 0; i < 600; i++) answers.add(await failing());
    expect([...answers]).toEqual([
      'Error: boom',
      expect.stringContaining('Too many simultaneous connections'),
    ]);
    end();
    await long;
    await expect(failing()).resolves.toBe('Error: boom');
  });

  it('close with the pool, also those that come back later', async () => {
    const { open, closed } = recorder();
    const connections = new Connections(open);
    await connections.use(wanted(), false, select);
    await connections.use(wanted(), false, () => {
      connections.close();
      return Promise.resolve();
    });
    expect(closed).toEqual([0]);
  });
});
