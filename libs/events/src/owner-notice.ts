import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ALERT, type Alert } from './alert-event.js';
import type { LogMessage } from './decode.js';
import { CLOUDEVENTS_JSON, type OutgoingMessage } from './encode.js';
import { deadLetter, type Decoded } from './outcome.js';
import { compile, problemOf } from './validators.js';

export const OWNER_NOTICE_RAISED = 'keywatch.owner-notice.raised.v1';

/** What one owner is told after one sweep: all of their keys in one message. */
export const OWNER_NOTICE = z.strictObject({
  noticeId: z.string().regex(/^[0-9a-f]{32}$/),
  rule: z.string().min(1).max(64),
  asOf: z.iso.datetime({ offset: true }).describe('As-of time of the sweep'),
  owner: z.strictObject({
    id: z.string().max(512),
    email: z.string().min(3).max(512),
    team: z.string().max(512),
  }),
  alerts: z.array(ALERT).min(1),
});
export type OwnerNotice = z.output<typeof OWNER_NOTICE>;

const validateNotice = compile(OWNER_NOTICE);

/** The same alerts for the same owner are the same notice, whenever it is told. */
export function noticeIdOf(rule: string, email: string, alertIds: readonly string[]): string {
  const parts = JSON.stringify([rule, email, [...alertIds].sort()]);
  return createHash('sha256').update(parts).digest('hex').slice(0, 32);
}

/** One notice per owner of the alerts that have one with an e-mail address. */
export function ownerNotices(rule: string, asOf: string, alerts: readonly Alert[]): OwnerNotice[] {
  const byEmail = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const email = alert.owner?.email ?? '';
    if (email === '') continue;
    const own = byEmail.get(email);
    if (own === undefined) byEmail.set(email, [alert]);
    else own.push(alert);
  }
  return [...byEmail].map(([email, own]) => ({
    noticeId: noticeIdOf(
      rule,
      email,
      own.map(({ alertId }) => alertId),
    ),
    rule,
    asOf,
    owner: { id: own[0]?.owner?.id ?? '', email, team: own[0]?.owner?.team ?? '' },
    alerts: own,
  }));
}

/** Keyed by owner: the notices to one person stay in order. */
export function encodeOwnerNotice(notice: OwnerNotice): OutgoingMessage {
  return {
    key: notice.owner.email,
    value: JSON.stringify({
      specversion: '1.0',
      id: notice.noticeId,
      source: 'sweep',
      type: OWNER_NOTICE_RAISED,
      subject: notice.owner.email,
      time: notice.asOf,
      data: notice,
    }),
    headers: { 'content-type': CLOUDEVENTS_JSON },
  };
}

/** Reads a message of the alert-events topic; other types are dropped. */
export function decodeOwnerNotice(message: LogMessage): Decoded<OwnerNotice> {
  let json: unknown;
  try {
    json = JSON.parse(message.value?.toString('utf8') ?? '');
  } catch {
    return deadLetter('not-json', 'the value is not JSON');
  }
  const { type, data } = (json ?? {}) as Record<string, unknown>;
  if (type !== OWNER_NOTICE_RAISED)
    return { kind: 'drop', reason: `type ${String(type).slice(0, 128)}` };
  if (!validateNotice(data)) return deadLetter('invalid-data', problemOf(validateNotice, 'data'));
  return { kind: 'ok', event: data };
}
