import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { COMPLETE } from '../../../../test/cli/answers.js';
import { FakeServer, sendJson } from '../../../../test/cli/fake-server.js';
import { runCommand } from '../../../../test/cli/run-command.js';

const ID = `e1e2e3e4${'0'.repeat(24)}`;
const SILENCE = {
  silenceId: ID,
  status: 'active',
  rule: 'stale-key',
  tenantId: 'acme',
  keyId: '',
  lane: '',
  owner: '',
  severityAtMost: 'high',
  startsAt: '2026-11-24T12:00:00.000Z',
  endsAt: '2026-11-24T14:00:00.000Z',
  by: 'ann',
  why: 'exercise',
  endedBy: '',
  endedWhy: '',
};

let server: FakeServer;
/** Lists that don't show what was recorded yet. */
let late: number;
let posted: { readonly url: string; readonly body: Record<string, unknown> }[];
let covered: readonly { readonly silencedBy: string }[];
let recorded: boolean;

beforeEach(async () => {
  server = await new FakeServer().start();
  late = 0;
  posted = [];
  covered = [{ silencedBy: `${'0'.repeat(32)},${ID}` }, { silencedBy: '1'.repeat(32) }];
  recorded = true;
  server.answer = ({ method, url, body }, response) => {
    if (method === 'POST') {
      posted.push({ url, body: JSON.parse(body) as Record<string, unknown> });
      const detail = 'The silence was over at noon.';
      sendJson(response, recorded ? 202 : 200, { silenceId: ID, recorded, detail });
    } else if (url.startsWith('/api/v1/alerts')) {
      sendJson(response, 200, { rows: covered, completeness: COMPLETE, nextCursor: null });
    } else {
      const ended = posted.some((request) => request.url.endsWith('/end')) && late-- <= 0;
      const silences =
        posted.length > 0 && !ended && late-- > 0
          ? []
          : [ended ? { ...SILENCE, status: 'over', endedBy: 'ben', endedWhy: 'done' } : SILENCE];
      sendJson(response, 200, { silences, completeness: COMPLETE });
    }
  };
});
afterEach(() => server.stop());

const silence = (...argv: string[]) =>
  runCommand(['silence', ...argv], { KEYWATCH_API_URL: server.url });

describe('keywatch silence add', () => {
  it('is recorded with all that narrows it, and done when it is stored', async () => {
    late = 1;
    const { out, code } = await silence(
      'add',
      ...['--rule', 'stale-key', '--tenant', 'acme', '--key', 'k', '--lane', 'live'],
      ...['--owner', 'core', '--severity-at-most', 'high', '--from', '2026-11-24T12:00:00Z'],
      ...['--for', '2h', '--why', 'exercise', '--by', 'ann'],
    );
    expect(posted).toEqual([
      {
        url: '/api/v1/silences',
        body: {
          matchers: {
            rule: 'stale-key',
            tenantId: 'acme',
            keyId: 'k',
            lane: 'live',
            owner: 'core',
            severityAtMost: 'high',
          },
          startsAt: SILENCE.startsAt,
          endsAt: SILENCE.endsAt,
          by: 'ann',
          why: 'exercise',
        },
      },
    ]);
    expect(out).toBe(
      'e1e2e3e4  silent until 2026-11-24 14:00 UTC: rule stale-key, tenant acme, high at most\nIt covers 1 alert that is there now.\n',
    );
    expect(code).toBe(0);
    expect(server.asked).toHaveLength(4);
  });

  it('lasts from now where no beginning is given', async () => {
    const before = Date.now();
    await silence('add', '--rule', 'stale-key', '--for', '30m', '--why', 'exercise');
    const { startsAt, endsAt } = posted[0]?.body ?? {};
    expect(startsAt).toBeUndefined();
    const lastsMs = Date.parse(String(endsAt)) - before;
    expect(lastsMs).toBeGreaterThanOrEqual(1_800_000);
    expect(lastsMs).toBeLessThan(1_830_000);
  });

  it('says so where it covers nothing: it may be misspelled', async () => {
    covered = [];
    const { out } = await silence('add', '--rule', 'x', '--for', '1d', '--why', 'exercise');
    expect(out).toContain('It covers no alert that is there now.');
  });

  it.each([
    [[], 'Until when? Give --for'],
    [['--for', '2h', '--until', '2026-12-01'], 'one of them'],
    [['--for', '2 hours'], 'such as 30m, 2h or 7d'],
    [['--for', '0h'], 'such as 30m, 2h or 7d'],
  ])('with %j asks how long, and records nothing', async (until, words) => {
    const { err, code } = await silence('add', '--rule', 'x', '--why', 'y', ...until);
    expect(code).toBe(2);
    expect(err).toContain(words);
    expect(posted).toEqual([]);
  });
});

describe('keywatch silence list', () => {
  it('shows what each covers, until when, who wanted it and why', async () => {
    const { out } = await silence('list');
    expect(server.asked[0]?.url).toBe('/api/v1/silences?all=false');
    expect(out).toMatch(
      /e1e2e3e4 +active +rule stale-key, tenant acme, high at most +2026-11-24 12:00 +2026-11-24 14:00 +ann +exercise/,
    );
    await silence('list', '--all');
    expect(server.asked[1]?.url).toBe('/api/v1/silences?all=true');
  });

  it('gives the answer as it is with --format json', async () => {
    const { out } = await silence('list', '--format', 'json');
    expect(JSON.parse(out)).toEqual({ silences: [SILENCE], completeness: COMPLETE });
  });
});

describe('keywatch silence end', () => {
  it('is recorded, and done when it is stored', async () => {
    const { out, code } = await silence('end', 'e1e2', '--why', 'done', '--by', 'ben');
    expect(posted).toEqual([
      { url: '/api/v1/silences/e1e2/end', body: { by: 'ben', why: 'done' } },
    ]);
    expect({ out, code }).toEqual({ out: 'e1e2e3e4  is over (ben)\n', code: 0 });
  });

  it('says where it was over already', async () => {
    recorded = false;
    const { out, code } = await silence('end', 'e1e2', '--why', 'done');
    expect({ out, code }).toEqual({
      out: 'e1e2e3e4  Nothing to do: The silence was over at noon.\n',
      code: 0,
    });
  });
});
