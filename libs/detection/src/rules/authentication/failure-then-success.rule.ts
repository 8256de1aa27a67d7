import { sqlText, type Finding } from '@keywatch/alerting';
import { REQUEST_MADE } from '@keywatch/events';
import { z } from 'zod';
import { defineRule } from '../../rule.js';
import { QUIET_DAYS, silenceOf, spellText, TOLD_KEEPS_MS } from '../../uses/spell-days.js';
import { noSpells, spellOf, type Spells } from '../../windows/spells.js';
import { dayText, isMore, timeText, type ToldDays } from '../../windows/told-days.js';
import * as histories from './address-history.js';
import { EXPLAINING, isExplained, isServed, refusalOf } from './refusals.js';

const { MINUTE_MS } = histories;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const SETTINGS = z.strictObject({
  failures: z.int().min(2).max(20).default(10).describe('Failures before the success'),
  windowMinutes: z.int().min(1).max(15).default(10).describe('Minutes before the success'),
  sameEndpoint: z
    .int()
    .min(0)
    .max(20)
    .default(3)
    .describe('How many 403 at one endpoint count; 0: only 401 counts'),
  quietHours: z
    .int()
    .min(0)
    .max(720)
    .default(24)
    .describe('Hours after expiry, revocation or disabling in which failures are expected'),
  againAfterDays: QUIET_DAYS,
});

interface State {
  readonly addresses: histories.Histories;
  /** Days with such successes, and which spells of them were told. */
  readonly spells: Spells;
  readonly told: ToldDays;
}

/** Guessing that came to an end: MITRE ATT&CK T1110, with the 10 failures that public rules for log-ins take. */
export const failureThenSuccess = defineRule({
  id: 'failure-then-success',
  version: 2,
  title: 'Many failures, then a success from the same address',
  description:
    'An address failed 10 times with the key and was then served (2xx) within 10 minutes of event time (whole minutes before the success). A failure is a 401; ' +
    'of the 403 at one endpoint at most 3 count, because a program that lacks one permission gets them for ever beside its ' +
    'successes; a 404 is none. Quiet for failures within 24 hours after expiry, revocation or disabling, and with a secret ' +
    'from before the last rotation. One alert per key while it goes on, from whichever addresses; after more than 7 days ' +
    'without it is told anew.',
  severity: 'high',
  settings: SETTINGS,
  runbook: {
    means:
      'Somebody tried until it worked: guessed or pieced together the secret, or felt out endpoints until one was allowed. ' +
      'Else a client was given the right secret after a wrong one.',
    check: [
      'Run the query of the alert: what failed, what succeeded, with which agent?',
      'Is the address one of the key’s usual callers? Look at the report of its callers.',
    ],
    act: [
      'Not a usual caller: rotate the key now, end the old secret, look at everything the address was served.',
      'A usual caller that was being set up: note it and resolve the alert.',
    ],
    falseAlarms: [
      'Deployments that try before their secret has arrived: except the address or network.',
      'Clients whose permissions are granted step by step: lower sameEndpoint, at 0 only 401 counts.',
    ],
  },
  quietenedBy: EXPLAINING,
  stateBytes: 96 * 1024,
  keepsMs: ({ windowMinutes }, latenessMs, state) =>
    (state?.told.length ?? 0) > 0 ? TOLD_KEEPS_MS : (windowMinutes + 1) * MINUTE_MS + latenessMs,
  initial: (): State => ({ addresses: new Map(), spells: noSpells(), told: [] }),
  serialize: ({ addresses, spells, told }): Stored | undefined =>
    addresses.size + told.length === 0
      ? undefined
      : [spells, told, histories.packHistories(addresses)],
  deserialize(json) {
    const [spells, told, stored] = json as Stored;
    return { addresses: histories.unpackHistories(stored), spells, told };
  },

  fold(state, event, { settings, key, timeMs, clockMs, latenessMs, late }) {
    if (event.type !== REQUEST_MADE || late) return NOTHING;
    const { data } = event;
    const address = data.sourceIp ?? '';
    if (address === '') return NOTHING;
    const { addresses } = state;
    const oldestMs = clockMs - latenessMs - settings.windowMinutes * MINUTE_MS;
    if (isServed(data)) {
      histories.addSuccess(addresses, address, timeMs, oldestMs);
    } else {
      const refusal = refusalOf(data);
      if (refusal === undefined || (refusal === 'forbidden' && settings.sameEndpoint === 0))
        return NOTHING;
      if (isExplained(data, key, timeMs, settings.quietHours * HOUR_MS)) return NOTHING;
      const where = refusal === 'forbidden' ? { endpoint: data.endpoint ?? '' } : {};
      histories.addFailure(
        addresses,
        address,
        timeMs,
        oldestMs,
        { id: event.id, ...where },
        settings,
      );
    }
    const history = addresses.get(address) ?? addresses.get(histories.nameOf(address)) ?? [];
    if (!history.some(({ failures }) => failures.length > 0)) return NOTHING;
    const { windowMinutes, sameEndpoint, againAfterDays } = settings;
    const silence = silenceOf(againAfterDays, latenessMs, windowMinutes * MINUTE_MS);
    return histories
      .successesFrom(history, timeMs, windowMinutes)
      .map((success) => histories.runBefore(history, success, windowMinutes, sameEndpoint))
      .filter(({ failures }) => failures >= settings.failures)
      .flatMap((run): Finding[] => {
        const day = Math.floor(run.successMs / DAY_MS);
        const spell = spellOf(state.spells, day, silence);
        if (!isMore(state.told, spell, 'high', 0)) return [];
        const window = spellText('success after failures', spell);
        return [{ window, ...findingOf(event.keyId, address, run, windowMinutes, event.id) }];
      });
  },
});

type Stored = [
  spells: Spells,
  told: ToldDays,
  addresses: ReturnType<typeof histories.packHistories>,
];

const NOTHING: readonly Finding[] = [];

function findingOf(
  keyId: string,
  address: string,
  { successMs, failures, firstMs, firstId }: histories.Run,
  windowMinutes: number,
  eventId: string,
): Omit<Finding, 'window'> {
  const day = dayText(Math.floor(successMs / DAY_MS));
  return {
    severity: 'high',
    occurredAtMs: successMs,
    sentence:
      `Address ${address} failed at least ${failures} times with key ${keyId} (401 or 403) from ${timeText(firstMs)} and ` +
      `was served at ${timeText(successMs)} UTC. If it is no usual caller: rotate the key now and look at what it was served.`,
    facts: {
      day,
      address,
      failures,
      windowMinutes,
      firstFailureAt: new Date(firstMs).toISOString(),
      successAt: new Date(successMs).toISOString(),
    },
    firstEventId: firstId,
    lastEventId: eventId,
    revision: ['high'],
    scope: {
      view: 'requests',
      fromMs: firstMs,
      toMs: successMs,
      where: [`source_ip = ${sqlText(address)}`],
    },
  };
}
