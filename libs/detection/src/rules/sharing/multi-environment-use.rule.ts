import { REQUEST_MADE, type RequestMade } from '@keywatch/events';
import { environmentName, environmentsOf, type KeyState } from '@keywatch/keys';
import { z } from 'zod';
import { defineRule, type RuleContext } from '../../rule.js';
import * as environmentDays from './environment-days.js';
import { findingOf } from './environment-evidence.js';
import { countsFor, countsWithProduction, ranking } from './environment-names.js';
import { grown, isAlone, markClose, pairsByDay, type DayPairs } from './environment-pairs.js';

const { DAY_MS, addUse, dayOf, forgetBefore, serializeDays, deserializeDays } = environmentDays;
type EnvironmentDays = environmentDays.EnvironmentDays;

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const SETTINGS = z.strictObject({
  windowHours: z
    .int()
    .min(1)
    .max(48)
    .default(24)
    .describe('Across midnight: hours between two uses; uses on one UTC day always count'),
  minEnvironments: z.int().min(2).max(8).default(2).describe('Environments it takes'),
  closeMinutes: z
    .int()
    .min(15)
    .max(60)
    .default(60)
    .describe('Minutes between two uses, one in production, that make it high'),
  productionNames: z
    .array(z.string().min(1))
    .default(['prod', 'production'])
    .describe('Names of production, in any case; `prod` also means prod-eu, prod/eu, ...'),
});
type Settings = z.output<typeof SETTINGS>;

/** One key, several environments: a secret that was copied from one into another, or stolen from one. */
export const multiEnvironmentUse = defineRule({
  id: 'multi-environment-use',
  version: 1,
  title: 'Key used in several environments',
  description:
    'On this UTC day the key was used in one environment within 24 hours after, or on the same day as, a use in another. ' +
    'Environments that are both allowed for the key (home and allowedEnvironments of its latest creation) do not count ' +
    'against each other; an allowed and a foreign one do, and so do two foreign ones. Where no creation was seen, every ' +
    'two count. A request without environment never counts. One alert per key and day; it is told again when an ' +
    'environment joins or when production and another come within the hour.',
  severity: 'high',
  settings: SETTINGS,
  runbook: {
    means:
      'A secret was copied from one environment into another (a developer testing against production, one key in every ' +
      'deployment), or whoever stole it in one uses it in another.',
    check: [
      'Run the query of the alert: which addresses and agents used the key in each environment?',
      'Ask the owner whether one program may run in both.',
    ],
    act: [
      'Foreign addresses or agents: rotate the key now, revoke the old secret, look at what it did.',
      'One team, two environments: make a key for each environment and move the callers.',
    ],
    falseAlarms: [
      'A key meant for several environments: list them as its allowedEnvironments when it is created, or except it.',
      'Environments that are one in truth under two names: let the gateway send one name.',
    ],
  },
  quietenedBy: ['keywatch.key.created.v1'],
  stateBytes: 64 * 1024,
  keepsMs: (settings, latenessMs) => (spanDays(settings) + 1) * DAY_MS + latenessMs,
  initial: (): EnvironmentDays => [],
  serialize: serializeDays,
  deserialize: deserializeDays,

  fold(days, event, context) {
    const { settings, key, keyBefore } = context;
    const pairsFor = (known: KeyState | undefined): DayPairs[] =>
      pairsByDay(days, countsFor(known), settings.windowHours * HOUR_MS);
    const findings = (before: DayPairs[]) =>
      grown(before, pairsFor(key), settings.minEnvironments).map((pairs) =>
        findingOf(days, pairs, event.keyId, environmentsOf(key), settings),
      );
    if (event.type !== REQUEST_MADE) return findings(pairsFor(keyBefore));

    const day = Math.floor(context.timeMs / DAY_MS);
    const oldest = oldestDay(context);
    forgetBefore(days, oldest);
    if (day < oldest || (event.data.environment ?? '').trim() === '') return [];
    const use = useOf(event, context.timeMs);
    const alone = isAlone(days, use.environment);
    const before = alone ? [] : pairsFor(key);
    addUse(dayOf(days, day), use, ranking(key));
    if (alone) return [];
    const close = countsWithProduction(countsFor(key), settings.productionNames);
    markClose(days, use, close, settings.closeMinutes * MINUTE_MS);
    return findings(before);
  },
});

function spanDays({ windowHours }: Settings): number {
  return Math.ceil(windowHours / 24);
}

/** No event on time can be paired with one before this day. */
function oldestDay({ clockMs, latenessMs, settings }: RuleContext<Settings>): number {
  return Math.floor((clockMs - latenessMs) / DAY_MS) - spanDays(settings);
}

function useOf({ id, data }: RequestMade, atMs: number): environmentDays.Use {
  const environment = environmentName(data.environment ?? '');
  return { environment, atMs, eventId: id, address: data.sourceIp ?? '' };
}
