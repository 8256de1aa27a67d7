import { describe, expect, it } from '@jest/globals';
import { alertsQuery, reportOf, type Report } from '@keywatch/reports';
import { shownColumns } from './report-columns.js';

type Row = Readonly<Record<string, unknown>>;

function rowShape(id: 'usage' | 'rotation-age' | 'alerts'): readonly string[] {
  const report: Report | undefined = id === 'alerts' ? alertsQuery : reportOf(id);
  const row = report?.rows[id === 'alerts' ? 'alert' : 'key'];
  if (row === undefined) throw new Error(`no report ${id} by key`);
  return Object.keys(row.shape);
}

/** Names that the columns of a report read of a row. */
function namesRead(id: string): string[] {
  const read = new Set<string>();
  const row = new Proxy<Row>({}, { get: (_, name) => void read.add(String(name)) });
  for (const { cell } of shownColumns(id) ?? []) cell(row);
  return [...read];
}

function cells(id: string, row: Row): Record<string, unknown> {
  return Object.fromEntries((shownColumns(id) ?? []).map(({ head, cell }) => [head, cell(row)]));
}

describe('columns of a report on a terminal', () => {
  it.each(['usage', 'rotation-age', 'alerts'] as const)('of %s are columns it has', (id) => {
    const names = namesRead(id);
    expect(names.length).toBeGreaterThan(5);
    expect(rowShape(id)).toEqual(expect.arrayContaining(names));
  });

  it('are all that the answer has where rows are grouped by something else', () => {
    expect(shownColumns('usage', 'day')).toBeUndefined();
  });

  it('show a time to the second', () => {
    expect(cells('usage', { lastUsed: '2026-11-24T12:00:00.123Z' })).toMatchObject({
      'LAST USED (UTC)': '2026-11-24 12:00:00',
    });
  });

  it('show an age as at least so much where the creation was not seen', () => {
    expect(cells('rotation-age', { ageDays: 1200, atLeast: true, overdueDays: 0 })).toMatchObject({
      'AGE (DAYS)': 'at least 1,200',
      OVERDUE: '',
    });
  });

  it('never show an unknown age as young, or as within its limit', () => {
    const row = { ageDays: null, atLeast: true, overdueDays: null };
    expect(cells('rotation-age', row)).toMatchObject({
      'AGE (DAYS)': 'unknown',
      OVERDUE: 'unknown',
    });
  });

  it.each([
    [{ ownerEmail: 'a@example.com', owner: 'u1' }, 'a@example.com'],
    [{ ownerEmail: '', owner: 'u1' }, 'u1'],
  ])('name an owner by e-mail address, else as the report does: %j', (row, owner) => {
    expect(cells('rotation-age', row)['OWNER']).toBe(owner);
  });

  it('mark alerts from imports', () => {
    expect(cells('alerts', { historical: true, sentence: 'It leaked.' })['WHAT HAPPENED']).toBe(
      '(import) It leaked.',
    );
  });
});
