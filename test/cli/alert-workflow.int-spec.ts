import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeAlertEvent, TOPICS, type Alert } from '@keywatch/events';
import { EventProducer } from '@keywatch/kafka';
import { readRuntime, type Runtime } from '@keywatch/local-stack';
import { UpStack } from './up-stack.js';

/** From an event to an alert, and everything that people do about it, on a real stack. */

const LIMIT_MS = 120_000;
const RULE = 'leaked-key-reported';

interface Listed {
  readonly alertId: string;
  readonly status: string;
  readonly silencedBy: string;
}
interface Shown {
  readonly alert: Alert & Listed;
  readonly actions: readonly {
    readonly action: string;
    readonly by: string;
    readonly why: string;
  }[];
  readonly silences: readonly { readonly silenceId: string }[];
}

const stack = new UpStack();
let runtime: Runtime;

/** What a command prints that goes well. */
async function output(...args: string[]): Promise<string> {
  const { code, out, err } = await stack.keywatch(...args);
  expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
  return out;
}
async function listed(...args: string[]): Promise<readonly Listed[]> {
  const out = await output('alerts', '--rule', RULE, ...args, '--format', 'json');
  return (JSON.parse(out) as { rows: Listed[] }).rows;
}
const shown = async (id: string): Promise<Shown> =>
  JSON.parse(await output('alerts', 'show', id, '--format', 'json')) as Shown;
const posted = (path: string, body: object, type = 'application/json') =>
  fetch(`${runtime.api}${path}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: JSON.stringify(body),
  });

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(250);
}

let id: string;

beforeAll(async () => {
  await stack.start();
  const found = await readRuntime(stack.folder);
  if (found === undefined) throw new Error('the stack says nothing of itself');
  runtime = found;
  const event = {
    specversion: '1.0',
    id: 'leak-1',
    source: 'urn:test',
    type: 'keywatch.key.leak-reported.v1',
    subject: 'key_1',
    tenantid: 'acme',
    time: new Date().toISOString(),
    data: {},
  };
  const revoked = { ...event, id: 'r-1', type: 'keywatch.key.revoked.v1' };
  const answer = await posted('/api/v1/events', [revoked, event], 'application/json');
  expect(answer.status).toBe(202);
  await until(async () => (await listed()).length === 1);
  id = (await listed())[0]?.alertId ?? '';
}, LIMIT_MS);

afterAll(() => stack.remove(), LIMIT_MS);

describe('an alert on a real stack', () => {
  it(
    'is acknowledged, commented and resolved, and each list after that shows it',
    async () => {
      const short = id.slice(0, 8);
      expect(await output('alerts')).toMatch(
        new RegExp(`^${short}  [-\\d]+ [:\\d]+  medium    open`, 'm'),
      );
      const out = await output('alerts', 'ack', short, '--why', 'mine', '--by', 'ann');
      expect(out).toBe(`${short}  ${RULE} on key_1 of acme is acknowledged (ann)\n`);
      expect(await listed('--status', 'acknowledged')).toHaveLength(1);
      expect(await listed('--status', 'open')).toEqual([]);

      await output('alerts', 'comment', short, '--why', 'asked the owner', '--by', 'ben');
      await output('alerts', 'resolve', short, '--why', 'was revoked before', '--by', 'ann');
      expect(await output('alerts', 'resolve', short, '--why', 'x')).toContain(
        'Nothing to do: The alert is resolved already, by ann',
      );
      const { alert, actions } = await shown(short);
      expect(alert.status).toBe('resolved');
      expect(actions.map(({ action, by, why }) => [action, by, why])).toEqual([
        ['acknowledged', 'ann', 'mine'],
        ['commented', 'ben', 'asked the owner'],
        ['resolved', 'ann', 'was revoked before'],
      ]);
    },
    LIMIT_MS,
  );

  it(
    'is open again when it is told more severe',
    async () => {
      const { alert } = await shown(id);
      const producer = new EventProducer({ brokers: [...runtime.brokers] });
      await producer.connect();
      const now = new Date().toISOString();
      const { rule, fingerprint, ruleVersion, tenantId, lane, keyId, window, title } = alert;
      const severe: Alert = {
        ...{ alertId: id, rule, fingerprint, ruleVersion, tenantId, lane, keyId, window, title },
        severity: 'critical',
        sentence: 'It is not revoked after all.',
        occurredAt: now,
        detectedAt: now,
        historical: false,
        evidence: { facts: {} },
      };
      await producer.send(TOPICS.alertEvents.name, [
        encodeAlertEvent({ id: `${id}:critical`, source: 'detect', alert: severe }),
      ]);
      await producer.close();
      await until(async () => (await listed('--status', 'open')).length === 1);
      expect((await shown(id)).alert).toMatchObject({ severity: 'critical', resolvedBy: '' });
    },
    LIMIT_MS,
  );

  it(
    'is commented once however often the same comment is sent',
    async () => {
      const comment = { by: 'ann', why: 'once', id: 'comment-1' };
      const comments = async (): Promise<number> =>
        (await shown(id)).actions.filter(({ why }) => why === 'once').length;
      // At once, so that neither is stored when the other is asked for.
      const answers = await Promise.all(
        [1, 2, 3].map(() => posted(`/api/v1/alerts/${id}/comment`, comment)),
      );
      expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
      // Stored after those: when it is there, they are.
      await output('alerts', 'comment', id, '--why', 'last');
      expect(await comments()).toBe(1);
      const again = await posted(`/api/v1/alerts/${id}/comment`, comment);
      expect(again.status).toBe(200);
      expect(await again.json()).toMatchObject({ recorded: false });
      expect(JSON.parse(await output('verify', '--json'))).toMatchObject({ ok: true });
    },
    LIMIT_MS,
  );

  it(
    'is silenced while a silence covers it',
    async () => {
      const added = await output(
        ...['silence', 'add', '--rule', RULE, '--tenant', 'acme'],
        ...['--for', '2h', '--why', 'exercise'],
      );
      expect(added).toContain('It covers 1 alert that is there now.');
      expect(await listed('--silenced', 'true')).toHaveLength(1);
      const [silence] = (await shown(id)).silences;
      const silenceId = silence?.silenceId.slice(0, 8) ?? '';
      expect(await output('silence', 'list')).toContain(silenceId);
      expect(await output('silence', 'end', silenceId, '--why', 'over', '--by', 'ann')).toBe(
        `${silenceId}  is over (ann)\n`,
      );
      expect(await listed('--silenced', 'true')).toEqual([]);
      expect(await output('silence', 'list')).toContain('Nothing is silenced.');
      expect(await output('silence', 'list', '--all')).toContain('ended by ann: over');
    },
    LIMIT_MS,
  );
});
