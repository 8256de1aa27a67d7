import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { alertsQuery } from '../alerts/alerts.query.js';
import { columnsOf } from '../kit/columns.js';
import type { Report } from '../kit/report.js';
import { completenessReport } from './completeness.report.js';
import { REPORTS, reportOf } from './index.js';

/** Parameters without which a report can't be asked. */
function needed(report: Report): Record<string, string> {
  return 'key' in report.params.shape ? { key: 'k' } : {};
}

describe('the list of reports', () => {
  it('has every report of the folder, each under the id that its file is named after', () => {
    const files = readdirSync(new URL('.', import.meta.url)).filter((file) =>
      file.endsWith('.report.ts'),
    );
    expect(REPORTS.map(({ id }) => `${id}.report.ts`).sort()).toEqual(files.sort());
    expect(REPORTS.map(({ id }) => reportOf(id))).toEqual(REPORTS);
    expect(reportOf('none')).toBeUndefined();
  });

  it.each([...REPORTS, alertsQuery])(
    'every column of $id has a title and says what it holds',
    ({ rows }) => {
      for (const row of Object.values(rows)) {
        for (const column of columnsOf(row)) expect(column.about).toMatch(/\w{3}/);
      }
    },
  );

  it.each([...REPORTS, alertsQuery])(
    '$id selects the columns of its shape, in order, whatever is asked',
    (report) => {
      const groups = Object.keys(report.rows).filter((shape) => !shape.endsWith('-sums'));
      for (const groupBy of groups) {
        const given = {
          ...needed(report),
          ...('groupBy' in report.params.shape ? { groupBy } : {}),
        };
        const { query, columns, row } = report.prepare(given, 0);
        expect(columns).toEqual(columnsOf(row));
        expect(query.sql.split('\n')[0]).toBe(`SELECT ${Object.keys(row.shape).join(', ')}`);
      }
    },
  );

  it.each([...REPORTS, alertsQuery])(
    'every parameter in the SQL of $id has a value, and every value a place',
    (report) => {
      const text = {
        from: '2026-01-01T00:10:30Z',
        to: '2026-02-01',
        asOf: '2026-01-01',
        since: '2026-01-01',
        until: '2026-01-02',
      };
      const other = {
        tenant: 'a',
        key: ['b', 'c'],
        lane: 'live',
        environment: '',
        owner: 'o',
        plan: 'p',
        rule: 'r',
        severity: 'high',
        historical: 'true',
        topic: 'keywatch.key-events',
        state: 'unused',
        days: '10',
        limit: '5',
      };
      const known = Object.fromEntries(
        Object.entries({ ...text, ...other }).filter(([name]) => name in report.params.shape),
      );
      for (const more of [{}, 'distinct' in report.params.shape ? { distinct: 'false' } : {}]) {
        const { query, fileQuery, subjects } = report.prepare({ ...known, ...more }, 0);
        for (const { sql, params } of [query, fileQuery, ...(subjects ? [subjects.query] : [])]) {
          const named = new Set([...sql.matchAll(/\{(\w+):[^}]+\}/g)].map((found) => found[1]));
          expect([...named].sort()).toEqual(Object.keys(params).sort());
        }
      }
    },
  );
});

describe('the proof of completeness', () => {
  it.each(['keywatch.key-events', 'key-events'])('takes the topic as %s', (topic) => {
    const { query, params } = completenessReport.prepare({ topic }, 0);
    expect(query.params['topic']).toBe('keywatch.key-events');
    expect(params).toEqual({ topic: 'keywatch.key-events' });
  });
});
