import { userInfo } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { COMPLETE } from '../../../../test/cli/answers.js';
import { FakeServer, sendJson } from '../../../../test/cli/fake-server.js';
import { runCommand } from '../../../../test/cli/run-command.js';
import { ApiClient } from '../api/api-client.js';
import { actOn } from '../alerts/deeds.js';

const ID = `a1b2c3d4${'0'.repeat(24)}`;
const AT = '2026-11-24T12:00:00.000Z';
const ALERT = {
  alertId: ID,
  rule: 'stale-key',
  severity: 'high',
  tenantId: 'acme',
  keyId: 'key_42',
  lane: 'live',
  title: 'Key not rotated',
  sentence: 'key_42 was not\u001b[31m rotated for 95 days.',
  historical: false,
  source: 'sweep',
  firstOccurredAt: AT,
  lastOccurredAt: AT,
  firstDetectedAt: AT,
  lastDetectedAt: '2026-11-24T13:00:00.000Z',
  tellings: 2,
  facts: { ageDays: 1095, callers: ['curl', 'go'], url: '' },
  firstEventId: 'e-1',
  lastEventId: 'e-9',
  ownerId: 'ann',
  ownerEmail: 'ann@example.com',
  ownerTeam: '',
  query: 'SELECT *\nFROM keys',
  status: 'open',
  statusWhy: '',
  acknowledgedBy: '',
  acknowledgedAt: null as string | null,
  resolvedBy: '',
  resolvedAt: null,
  silencedBy: '',
};

interface Body {
  readonly by: string;
  readonly why: string;
  readonly id: string;
}

let server: FakeServer;
/** Answers about the alert that don't show a deed yet. */
let late: number;
let deeds: { readonly verb: string; readonly body: Body }[];
let recorded: boolean;

beforeEach(async () => {
  server = await new FakeServer().start();
  late = 0;
  deeds = [];
  recorded = true;
  server.answer = ({ method, url, body }, response) => {
    const [, , , what, id, verb] = url.split(/[/?]/);
    if (what !== 'alerts') sendJson(response, 404, { detail: `No such place: ${url}` });
    else if (url.startsWith('/api/v1/alerts?')) sendJson(response, 200, page());
    else if (id === undefined || !ID.startsWith(id))
      sendJson(response, 404, { detail: `There is no alert ${String(id)}.` });
    else if (method === 'POST' && verb !== undefined) {
      const given = JSON.parse(body) as Body;
      if (recorded) deeds.push({ verb, body: given });
      const detail = 'The alert is resolved already, by ben.';
      const eventId = recorded ? given.id : null;
      sendJson(response, recorded ? 202 : 200, { alertId: ID, recorded, eventId, detail });
    } else sendJson(response, 200, detail());
  };
});
afterEach(() => server.stop());

const page = () => ({
  rows: [{ ...ALERT, silencedBy: 'e'.repeat(32) }],
  columns: [],
  completeness: COMPLETE,
  nextCursor: null,
});

function detail() {
  const seen = deeds.length > 0 && late-- <= 0 ? deeds : [];
  const status = seen.some(({ verb }) => verb === 'acknowledge') ? 'acknowledged' : 'open';
  return {
    alert: {
      ...ALERT,
      status,
      ...(status === 'open'
        ? {}
        : { acknowledgedBy: 'ann', acknowledgedAt: AT, statusWhy: 'mine\nreally' }),
    },
    shortId: ID.slice(0, 8),
    runbook: 'docs/runbooks/stale-key.md',
    exception: '- {rule: stale-key}',
    tellings: [{ detectedAt: AT, severity: 'high', sentence: 'not rotated' }],
    actions: seen.map(({ verb, body }) => ({
      id: body.id,
      action: `${verb}d`,
      by: body.by,
      at: '2026-11-24T14:00:00.000Z',
      why: body.why,
    })),
    deliveries: [
      {
        time: '2026-11-24T12:30:00.000Z',
        channel: 'webhook',
        target: 'https://hooks.example.com',
        attempt: 2,
        outcome: 'retry',
        error: 'HTTP 500',
      },
    ],
    silences: [
      { silenceId: 'e'.repeat(32), endsAt: '2026-11-25T12:00:00.000Z', by: 'cy', why: 'exercise' },
    ],
    completeness: COMPLETE,
  };
}

const keywatch = (...argv: string[]) => runCommand(argv, { KEYWATCH_API_URL: server.url });

describe('keywatch alerts', () => {
  it('lists short ids and statuses, with or without its name', async () => {
    for (const argv of [['alerts'], ['alerts', 'list']]) {
      const { out, code } = await keywatch(...argv);
      expect(code).toBe(0);
      expect(out).toMatch(/^ALERT +DETECTED \(UTC\) +SEVERITY +STATUS/);
      expect(out).toMatch(/a1b2c3d4 +2026-11-24 13:00 +high +open, silenced +stale-key/);
    }
  });

  it('says how to look at one', async () => {
    const { err, code } = await keywatch('alerts', 'a1b2c3d4');
    expect(code).toBe(2);
    expect(err).toContain('"a1b2c3d4"? `keywatch alerts show ID` shows one alert');
    expect(server.asked).toEqual([]);
  });

  it('asks for statuses and silenced ones', async () => {
    await keywatch('alerts', '--status', 'open', '--status', 'resolved', '--silenced', 'false');
    expect(server.asked[0]?.url).toBe(
      '/api/v1/alerts?limit=100&status=open&status=resolved&silenced=false',
    );
  });
});

describe('keywatch alerts show', () => {
  it('is a page for a person, without control characters', async () => {
    await keywatch('alerts', 'ack', 'a1b2', '--why', 'mine', '--by', 'ann');
    const { out, code } = await keywatch('alerts', 'show', 'a1b2');
    expect(code).toBe(0);
    expect(out).not.toContain('\u001b');
    for (const line of [
      /^HIGH {2}stale-key: Key not rotated\n.*rotated for 95 days\.$/m,
      /^ {2}Status +acknowledged by ann at 2026-11-24 12:00:00 UTC: mine really$/m,
      /^ {2}Silenced +until 2026-11-25 12:00:00 UTC by cy: exercise \(eeeeeeee\)$/m,
      /^ {2}Owner +ann, ann@example\.com$/m,
      /^ {2}Detected +2026-11-24 12:00:00 to 2026-11-24 13:00:00 UTC, by sweep$/m,
      /^ {2}Events +e-1 to e-9$/m,
      /^ {4}ageDays +1,095$/m,
      /^ {4}callers +curl, go$/m,
      /^ {2}SELECT \*\n {2}FROM keys$/m,
      /^ {2}- \{rule: stale-key\}$/m,
    ])
      expect(out).toMatch(line);
    expect(out).not.toMatch(/^ {4}url/m);
    const story = out.slice(out.indexOf('TIME (UTC)')).split('\n');
    expect(story.slice(1, 4)).toEqual([
      expect.stringMatching(/12:00:00 +sweep +told as high: not rotated/),
      expect.stringMatching(
        /12:30:00 +notify +retry by webhook to https:\/\/hooks\.example\.com, attempt 2: HTTP 500/,
      ),
      expect.stringMatching(/14:00:00 +ann +acknowledged: mine/),
    ]);
    expect(out).toContain('Complete up to');
  });

  it('gives the answer as it is with --format json', async () => {
    const { out } = await keywatch('alerts', 'show', 'a1b2', '--format', 'json');
    expect(JSON.parse(out)).toEqual(detail());
  });

  it('of an alert that is not there ends with 2 and the words of the API', async () => {
    const { err, code } = await keywatch('alerts', 'show', 'ffff');
    expect({ err, code }).toEqual({ err: 'There is no alert ffff.\n', code: 2 });
  });
});

describe('keywatch alerts ack, resolve, reopen, comment', () => {
  it.each([
    ['ack', 'acknowledge', 'a1b2c3d4  stale-key on key_42 of acme is acknowledged (ann)\n'],
    ['resolve', 'resolve', 'a1b2c3d4  stale-key on key_42 of acme is open (ann)\n'],
    ['reopen', 'reopen', 'a1b2c3d4  stale-key on key_42 of acme is open (ann)\n'],
    ['comment', 'comment', 'a1b2c3d4  stale-key on key_42 of acme: comment of ann added\n'],
  ])('%s is recorded, and done when it is stored', async (name, verb, words) => {
    late = 2;
    const { out, code } = await keywatch('alerts', name, 'a1b2', '--why', 'mine', '--by', 'ann');
    expect({ out, code }).toEqual({ out: words, code: 0 });
    expect(deeds).toEqual([
      { verb, body: { by: 'ann', why: 'mine', id: expect.stringMatching(/^[0-9a-f-]{36}$/) } },
    ]);
    // Found, done, and asked for until it was there.
    expect(server.asked.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET', 'GET', 'GET']);
  });

  it('is done by the user of the machine where nobody is named', async () => {
    await keywatch('alerts', 'comment', 'a1b2', '--why', 'mine');
    expect(deeds[0]?.body.by).toBe(userInfo().username);
  });

  it('is done once to an alert that is named twice', async () => {
    await keywatch('alerts', 'comment', 'a1b2', 'a1b2c3', '--why', 'mine');
    expect(deeds).toHaveLength(1);
  });

  it('is done to none where one is not found', async () => {
    const { code, err } = await keywatch('alerts', 'resolve', 'a1b2', 'ffff', '--why', 'mine');
    expect({ code, err }).toEqual({ code: 2, err: 'There is no alert ffff.\n' });
    expect(deeds).toEqual([]);
  });

  it('says where there was nothing to do', async () => {
    recorded = false;
    const { out, code } = await keywatch('alerts', 'resolve', 'a1b2', '--why', 'mine');
    expect(code).toBe(0);
    expect(out).toBe('a1b2c3d4  Nothing to do: The alert is resolved already, by ben.\n');
  });

  it('asks why, and which', async () => {
    expect((await keywatch('alerts', 'ack', 'a1b2')).err).toContain("'--why <text>' not specified");
    expect((await keywatch('alerts', 'ack', '--why', 'x')).err).toContain("argument 'id'");
  });

  it('is given up waiting for after a while, and told as recorded', async () => {
    late = Number.POSITIVE_INFINITY;
    const api = new ApiClient(server.url, undefined);
    const acting = actOn(api, ['a1b2'], 'resolve', { by: 'ann', why: 'mine' }, 10);
    await expect(acting).rejects.toMatchObject({
      message: expect.stringContaining('Recorded, but not stored after 0.01 s'),
      exitCode: 1,
    });
    expect(deeds).toHaveLength(1);
  });
});
