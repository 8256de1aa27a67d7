import { describe, expect, it } from '@jest/globals';
import { reportOf, type Row } from '@keywatch/reports';
import { unknownCompleteness, type Completeness } from '../completeness/completeness.js';
import { escaped, html } from './html.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const COUNTS = {
  messages: 9,
  events: 6,
  duplicates: 2,
  conflicts: 1,
  deadLetters: 1,
  dropped: 0,
};
const COMPLETE: Completeness = {
  state: 'complete',
  completeUpTo: '2026-11-24T11:59:58.500Z',
  lag: { messages: 0, seconds: 2 },
  missing: 0,
  reason: null,
  total: COUNTS,
  inRange: COUNTS,
};
const EVIL = `<script>alert("x")</script>'&\u202e\u0007`;

const row = (keyId: string): Row => ({
  tenantId: 'acme',
  keyId,
  environment: 'production',
  addressBlock: '10.0.0.0/24',
  userAgent: EVIL,
  requests: 1234,
  errors: 0,
  secretVersion: 1,
  firstUsed: '2026-11-01T00:00:00.000Z',
  lastUsed: '2026-11-24T10:00:00.000Z',
  endpoint: '/a',
});

async function page(
  rows: AsyncIterable<Row>,
  given: Record<string, string> = {},
  completeness = COMPLETE,
): Promise<string> {
  const report = reportOf('callers');
  if (report === undefined) throw new Error('no report of callers');
  const prepared = report.prepare({ key: EVIL, tenant: 'acme', ...given }, NOW);
  const subjects = [{ tenantId: 'acme', keyId: EVIL, state: 'live', name: EVIL }];
  const answer = { report, prepared, completeness, subjects, rows, generatedAtMs: NOW };
  let text = '';
  for await (const piece of html(answer)) text += piece;
  return text;
}

async function* many(count: number): AsyncGenerator<Row> {
  for (let n = 0; n < count; n += 1) yield await Promise.resolve(row(`k${n}`));
}

describe('a page for printing', () => {
  it('escapes every text, and shows what would turn or hide text as unprintable', async () => {
    expect(escaped(EVIL)).toBe(
      '&#60;script&#62;alert(&#34;x&#34;)&#60;/script&#62;&#39;&#38;\uFFFD\uFFFD',
    );
    const text = await page(many(2));
    expect(text).not.toContain('<script');
    expect(text).not.toContain('\u202e');
    // The agent of two rows, key and name of the subject, and the parameter.
    expect(text.split('&#60;script&#62;')).toHaveLength(6);
    expect(text).not.toMatch(/\s(?:src|href|on\w+)=/);
  });

  it('says tenant, period, zone and freshness above, and the proof below', async () => {
    const text = await page(many(1), { from: '2026-11-01', to: '2026-11-24' });
    for (const words of [
      '<dt>Tenant</dt><dd>acme</dd>',
      '<dd>2026-11-01 00:00:00 to 2026-11-24 00:00:00</dd>',
      '<dt>Times</dt><dd>UTC</dd>',
      '<dd>complete up to 2026-11-24 11:59:58</dd>',
      'all that had arrived by 2026-11-24 11:59:58 UTC is in',
      '<dt>Lag</dt><dd>0 messages, 2 s</dd>',
      '<dt>Gaps</dt><dd>0 messages missing</dd>',
      '<dt>Dead letters</dt><dd>1</dd>',
      '<dt>Duplicates dropped</dt><dd>2, 1 in conflict</dd>',
      'generated 2026-11-24 12:00:00 UTC',
      'groupBy = endpoint',
    ]) {
      expect(text).toContain(words);
    }
    expect(text).toContain('<td class="number">1,234</td>');
    expect(text).toContain('display: table-header-group');
  });

  it('never looks complete where that is not known', async () => {
    const text = await page(many(0), {}, unknownCompleteness('Kafka: no broker'));
    expect(text).toContain('UNKNOWN whether this is complete: Kafka: no broker');
    expect(text).toContain('<dt>Dead letters</dt><dd>unknown</dd>');
    expect(text).toContain('No rows.');
  });

  it('says that there is more beyond the limit', async () => {
    expect(await page(many(3), { limit: '2' })).toContain('The first 2 rows; there are more.');
  });

  it('takes rows as they are read: none is held back', async () => {
    const report = reportOf('callers');
    if (report === undefined) throw new Error('no report of callers');
    let given = 0;
    async function* rows(): AsyncGenerator<Row> {
      for (; given < 50_000; given += 1) yield await Promise.resolve(row('k'));
    }
    const prepared = report.prepare({ key: 'k' }, NOW);
    let written = 0;
    let held = 0;
    const answer = {
      report,
      prepared,
      completeness: COMPLETE,
      subjects: [],
      rows: rows(),
      generatedAtMs: NOW,
    };
    for await (const piece of html(answer)) {
      if (piece.startsWith('<tr>')) written += 1;
      held = Math.max(held, given - written);
    }
    expect(written).toBe(50_000);
    expect(held).toBeLessThanOrEqual(1);
  });
});
