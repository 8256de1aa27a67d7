import { describe, expect, it } from '@jest/globals';
import {
  encodeAlertAction,
  encodeAlertEvent,
  encodeOwnerNotice,
  encodeSilenceEvent,
  type OutgoingMessage,
  type Silence,
} from '@keywatch/events';
import { aNotice, anAlert, anAlertAction, anAlertEvent, aSilence } from '@keywatch/testing';
import { AskedByPeople } from './people.js';

const HOUR = 3_600_000;
const LIMITS = { silences: 2, alerts: 2, afterEndMs: HOUR };
const detected = Date.parse(anAlert().detectedAt);
const endsMs = Date.parse(aSilence().endsAt);

const silence = (letter: string, over: Partial<Silence> = {}): OutgoingMessage =>
  encodeSilenceEvent({
    id: letter,
    source: 'api',
    kind: 'created',
    data: aSilence({ silenceId: letter.repeat(32), ...over }),
  });
const acknowledged = (letter: string): OutgoingMessage =>
  encodeAlertAction(anAlertAction('acknowledged', { alertId: letter.repeat(32) }, letter));

function knowing(...messages: { value: string }[]): AskedByPeople {
  const people = new AskedByPeople(LIMITS);
  for (const { value } of messages) people.add({ value: Buffer.from(value) });
  return people;
}

describe('AskedByPeople', () => {
  it('leaves alone what was told to people and what it can not read', () => {
    const people = knowing(
      encodeAlertEvent(anAlertEvent()),
      encodeOwnerNotice(aNotice([anAlert()])),
      { value: '{' },
      { value: '{"specversion":"1.0","id":"1","source":"s","type":"keywatch.silence.created.v1"}' },
    );
    people.add({ value: null });
    expect(people.size).toEqual({ silences: 0, alerts: 0 });
  });

  it('takes in a silence whose reason quotes an alert', () => {
    const why = `because of ${encodeAlertEvent(anAlertEvent()).value}`;
    expect(knowing(silence('a', { why })).size.silences).toBe(1);
  });

  it('forgets a silence only when nothing can be judged by it any more, though it was ended before', () => {
    const ended = encodeSilenceEvent({
      id: 'end',
      source: 'api',
      kind: 'ended',
      data: {
        silenceId: 'a'.repeat(32),
        by: 'ann',
        at: new Date(detected + HOUR).toISOString(),
        why: 'done',
      },
    });
    const people = knowing(silence('a'), ended);
    expect(people.silencesOver(anAlert(), detected)).toHaveLength(1);
    expect(people.silencesOver(anAlert(), detected + HOUR)).toHaveLength(0);
    people.forgetOver(endsMs + HOUR);
    expect(people.size.silences).toBe(1);
    people.forgetOver(endsMs + HOUR + 1);
    expect(people.size.silences).toBe(0);
  });

  it('keeps the beginning of a long reason', () => {
    const action = anAlertAction('acknowledged', { why: 'w'.repeat(2000) });
    const { since } = knowing(encodeAlertAction(action)).stateOf(anAlert());
    expect(since?.why).toBe('w'.repeat(120));
  });

  it('is bounded: beyond its limits the oldest are forgotten', () => {
    const people = knowing(
      silence('a', { matchers: { keyId: 'key_42' } }),
      silence('b', { matchers: { keyId: 'key_43' } }),
      silence('c', { matchers: { keyId: 'key_44' } }),
      acknowledged('a'),
      acknowledged('b'),
      acknowledged('a'),
      acknowledged('c'),
    );
    expect(people.size).toEqual({ silences: 2, alerts: 2 });
    expect(people.silencesOver(anAlert(), detected)).toHaveLength(0);
    const status = (letter: string): string =>
      people.stateOf(anAlert({ alertId: letter.repeat(32) })).status;
    expect([status('a'), status('b'), status('c')]).toEqual([
      'acknowledged',
      'open',
      'acknowledged',
    ]);
  });
});
