import { describe, expect, it } from '@jest/globals';
import { loadMigrations } from '../schema/migration-files.js';
import { besideSql, fillSql, REBUILDABLE } from './rebuildable.js';

const sql = loadMigrations()
  .map(({ text }) => text)
  .join('\n');
const targets = [...sql.matchAll(/CREATE MATERIALIZED VIEW \S+?\.(\w+) TO \S+?\.(\w+) AS/g)];

/** Raw rows, what is said of the log, and what raw rows don't hold, such as the query of a telling. */
const NOT_REBUILT = [
  'alert_actions',
  'alert_events',
  'alert_evidence',
  'dead_letters',
  'deliveries',
  'event_ids',
  'key_events',
  'ranges',
];

describe('REBUILDABLE', () => {
  it('are all tables that views fill, but for those that raw rows can not give', () => {
    const filled = new Set(targets.map(([, , table = '']) => table));
    expect([...REBUILDABLE.map(({ table }) => table), ...NOT_REBUILT].sort()).toEqual(
      [...filled].sort(),
    );
  });

  it('are filled by the view that is named', () => {
    for (const { view, table } of REBUILDABLE) {
      expect(targets.map(([, name, to]) => [name, to])).toContainEqual([view, table]);
    }
  });

  it('have a check against raw rows', () => {
    const unchecked = REBUILDABLE.filter(({ rollup }) => rollup === undefined);
    expect(unchecked.map(({ table }) => table)).toEqual(['alert_state']);
  });
});

describe('fillSql', () => {
  const [usage] = REBUILDABLE;
  if (usage === undefined) throw new Error('there is none');

  it('reads raw rows where the view reads the intake', () => {
    const select = "SELECT key_id FROM kw.key_event_intake WHERE kind = 'event' GROUP BY key_id";
    expect(fillSql(usage, select, 'kw', 'new', ['key_id'])).toBe(
      "INSERT INTO kw.new (key_id) SELECT key_id FROM (SELECT key_id FROM (SELECT 'event' AS kind, * FROM kw.key_events WHERE cityHash64(tenant_id, key_id) % {slices:UInt32} = {slice:UInt32}) WHERE kind = 'event' GROUP BY key_id)",
    );
  });

  it('refuses a view that reads something else', () => {
    expect(() => fillSql(usage, 'SELECT 1 FROM kw.other', 'kw', 'new', [])).toThrow(
      'does not read it exactly once',
    );
  });
});

describe('besideSql', () => {
  it('gives a replicated table a path of its own', () => {
    expect(
      besideSql(
        "CREATE TABLE kw.callers (`a` String COMMENT 'x') ENGINE = ReplicatedAggregatingMergeTree('/keywatch/01/kw/callers', '{replica}') ORDER BY a",
        'kw',
        'callers',
        'rebuild_callers_1',
      ),
    ).toBe(
      "CREATE TABLE kw.rebuild_callers_1 (`a` String COMMENT 'x') ENGINE = ReplicatedAggregatingMergeTree('/keywatch/{shard}/{database}/{table}', '{replica}') ORDER BY a",
    );
  });

  it('refuses what is no table', () => {
    expect(() => besideSql('CREATE VIEW kw.keys AS', 'kw', 'keys', 'x')).toThrow('is no table');
  });
});
