import { describe, expect, it } from '@jest/globals';
import { loadMigrations, migrationOf } from './migration-files.js';
import { describeViews, VIEWS, viewsDatabase } from './views.js';

const view = (columns: string, create = 'CREATE VIEW'): string =>
  `${create} {{database}}_views.keys\n(\n${columns}\n)\nSQL SECURITY DEFINER AS\nSELECT 1\nCOMMENT 'Keys';\n`;

describe('the views for people', () => {
  it('are the list, and every one and each of its columns says what it is', () => {
    const views = describeViews();
    expect(views.map(({ name }) => name)).toEqual([...VIEWS]);
    for (const { about, columns } of views) {
      expect(about.length).toBeGreaterThan(10);
      expect(columns.length).toBeGreaterThan(5);
      for (const column of columns) expect(column.about.length).toBeGreaterThan(3);
    }
  });

  it('hold plain types only: no client can read the state of an aggregate', () => {
    const types = describeViews().flatMap(({ columns }) => columns.map(({ type }) => type));
    expect(types.filter((type) => /AggregateFunction|Tuple|Map/.test(type))).toEqual([]);
  });

  it('are all made in the database of the views, for those who have no right on tables', () => {
    const made = loadMigrations().flatMap(({ text }) => [
      ...text.matchAll(/^CREATE (?:OR REPLACE )?VIEW \{\{database\}\}_views\.[\s\S]*?;$/gm),
    ]);
    expect(made.length).toBeGreaterThanOrEqual(VIEWS.length);
    for (const [sql] of made) expect(sql).toContain('\nSQL SECURITY DEFINER AS\n');
  });

  it('have the meaning that the last migration gave them', () => {
    const migrations = [
      migrationOf('001_a.sql', view("    a UInt8 COMMENT 'First'")),
      migrationOf('002_b.sql', view("    b String COMMENT 'Second'", 'CREATE OR REPLACE VIEW')),
    ];
    expect(describeViews(migrations)).toEqual([
      { name: 'keys', about: 'Keys', columns: [{ name: 'b', type: 'String', about: 'Second' }] },
    ]);
  });

  it('are refused with a column nobody explains, or under a name nobody listed', () => {
    expect(() => describeViews([migrationOf('001_a.sql', view('    a UInt8'))])).toThrow(
      /001_a\.sql, view keys: "a UInt8"/,
    );
    const other = view("    a UInt8 COMMENT 'A'").replace('_views.keys', '_views.other');
    expect(() => describeViews([migrationOf('001_a.sql', other)])).toThrow(/other/);
  });

  it('lie beside the tables', () => {
    expect(viewsDatabase('keywatch')).toBe('keywatch_views');
    expect(() => viewsDatabase('a b')).toThrow(/database name/);
  });
});
