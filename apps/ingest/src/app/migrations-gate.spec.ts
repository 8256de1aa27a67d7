import { describe, expect, it } from '@jest/globals';
import { Gate, type AnnouncedRange } from '@keywatch/kafka';
import { createLog } from '@keywatch/platform';
import { migrateIfSettled, migrateWhenSettled, type MigrationSteps } from './migrations-gate.js';

const OPEN: AnnouncedRange = {
  topic: 't',
  partition: 0,
  from: 4n,
  to: 9n,
  n: 5,
  crc: 1,
  rowVersion: '1',
};

function steps(given: { fresh?: boolean; names?: string[]; open?: AnnouncedRange[][] }) {
  const open = [...(given.open ?? [])];
  const lines: string[] = [];
  const log = createLog({
    app: 'ingest',
    level: 'info',
    format: 'json',
    destination: { write: (line: string) => lines.push(line) },
  });
  const done = { migrations: 0, looks: 0, lines };
  const all: MigrationSteps = {
    log,
    pollMs: 1,
    pending: () => Promise.resolve({ fresh: given.fresh ?? false, names: given.names ?? [] }),
    openRanges: () => {
      done.looks += 1;
      return Promise.resolve(open.shift() ?? []);
    },
    migrate: () => {
      done.migrations += 1;
      return Promise.resolve();
    },
  };
  return { all, done };
}

describe('migrations', () => {
  it('are applied at once to a database without tables, whatever the group says', async () => {
    const { all, done } = steps({ fresh: true, names: ['001.sql'], open: [[OPEN]] });
    expect(await migrateIfSettled(all)).toBe(true);
    expect(done.migrations).toBe(1);
  });

  it('are in nobody’s way where none is pending: open ranges are finished as they come', async () => {
    const { all } = steps({ open: [[OPEN]] });
    expect(await migrateIfSettled(all)).toBe(true);
  });

  it('are applied where nothing is open', async () => {
    const { all, done } = steps({ names: ['009.sql'], open: [[]] });
    expect(await migrateIfSettled(all)).toBe(true);
    expect(done.migrations).toBe(1);
  });

  it('wait until what is open is finished, then open the gate', async () => {
    const { all, done } = steps({ names: ['009.sql'], open: [[OPEN], [OPEN], [OPEN], []] });
    expect(await migrateIfSettled(all)).toBe(false);
    expect(done.migrations).toBe(0);
    const gate = new Gate(false);
    const waited = migrateWhenSettled(all, gate, new AbortController().signal);
    expect(gate.isOpen).toBe(false);
    await waited;
    expect(done).toMatchObject({ migrations: 1, looks: 4 });
    expect(gate.isOpen).toBe(true);
    // Said once, not at every look.
    expect(done.lines).toHaveLength(1);
    expect(done.lines[0]).toContain('t/0@4');
  });

  it('stop waiting when the process is told to end', async () => {
    const { all, done } = steps({ open: Array.from({ length: 1_000 }, () => [OPEN]) });
    const gate = new Gate(false);
    const stop = new AbortController();
    const waited = migrateWhenSettled(all, gate, stop.signal);
    stop.abort();
    await expect(waited).rejects.toThrow();
    expect(done.migrations).toBe(0);
    expect(gate.isOpen).toBe(false);
  });
});
