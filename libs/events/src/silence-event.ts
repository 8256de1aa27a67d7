import { z } from 'zod';
import { ACTOR, ID_OF_32_DIGITS, WHY } from './alert-action.js';
import { SEVERITIES } from './alert-event.js';
import { CLOUDEVENTS_JSON, type OutgoingMessage } from './encode.js';
import { compile } from './validators.js';

export const SILENCE_CREATED = 'keywatch.silence.created.v1';
export const SILENCE_ENDED = 'keywatch.silence.ended.v1';

const DAY_MS = 86_400_000;
/** A silence is looked at again after a quarter at the latest: what is fine for good is an exception in the settings. */
export const MAX_SILENCE_DAYS = 90;

const iso = z.iso.datetime({ offset: true });

/** Which alerts a silence covers: those that every given member fits. Values are exact, upper and lower case too. */
export const SILENCE_MATCHERS = z.strictObject({
  rule: z.string().min(1).max(64).optional(),
  tenantId: z.string().min(1).max(128).optional(),
  keyId: z.string().min(1).max(256).optional(),
  lane: z.string().min(1).max(128).optional(),
  owner: z.string().min(1).max(512).optional().describe('Id, e-mail address or team of the owner'),
  severityAtMost: z
    .enum(SEVERITIES)
    .optional()
    .describe('Alerts that are more severe come through; missing: none do'),
});
export type SilenceMatchers = z.output<typeof SILENCE_MATCHERS>;

/** For a while nobody is told of the alerts that match. */
export const SILENCE = z.strictObject({
  silenceId: ID_OF_32_DIGITS,
  matchers: SILENCE_MATCHERS,
  startsAt: iso.describe('First moment'),
  endsAt: iso.describe(`Moment at which it is over; at most ${MAX_SILENCE_DAYS} days later`),
  by: ACTOR.describe('Who wants it'),
  at: iso.describe('When it was asked for'),
  why: WHY,
});
export type Silence = z.output<typeof SILENCE>;

export const SILENCE_END = z.strictObject({
  silenceId: ID_OF_32_DIGITS,
  by: ACTOR.describe('Who ended it'),
  at: iso.describe('When it ended'),
  why: WHY,
});
export type SilenceEnd = z.output<typeof SILENCE_END>;

export type SilenceEvent =
  | {
      readonly id: string;
      readonly source: string;
      readonly kind: 'created';
      readonly data: Silence;
    }
  | {
      readonly id: string;
      readonly source: string;
      readonly kind: 'ended';
      readonly data: SilenceEnd;
    };

export const validateSilence = compile(SILENCE);
export const validateSilenceEnd = compile(SILENCE_END);

/** What a schema can't say: a sentence for each problem. */
export function silenceProblems({
  matchers,
  startsAt,
  endsAt,
}: Pick<Silence, 'matchers' | 'startsAt' | 'endsAt'>): string[] {
  const ms = Date.parse(endsAt) - Date.parse(startsAt);
  const narrows = Object.entries(matchers).some(
    ([name, value]) => name !== 'severityAtMost' && (value as unknown) !== undefined,
  );
  return [
    ...(narrows ? [] : ['a silence names a rule, tenant, key, lane or owner']),
    ...(ms > 0 ? [] : ['a silence ends after it starts']),
    ...(ms > MAX_SILENCE_DAYS * DAY_MS
      ? [`a silence lasts ${MAX_SILENCE_DAYS} days at most; what is fine for good is an exception`]
      : []),
  ];
}

/** Keyed by silence: its end stays behind its beginning. */
export function encodeSilenceEvent({ id, source, kind, data }: SilenceEvent): OutgoingMessage {
  return {
    key: data.silenceId,
    value: JSON.stringify({
      specversion: '1.0',
      id,
      source,
      type: kind === 'created' ? SILENCE_CREATED : SILENCE_ENDED,
      subject: data.silenceId,
      time: data.at,
      data,
    }),
    headers: { 'content-type': CLOUDEVENTS_JSON },
  };
}
