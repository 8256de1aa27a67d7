import { RULES, SWEEPS } from '@keywatch/detection';
import type { Alert } from '@keywatch/events';
import type { BenchArguments } from '../kit/arguments.js';
import { loadNow, watchOthers } from '../kit/machine.js';
import { grouped, textTable } from '../kit/text-table.js';
import { accuracyOf, alertsOnStream, type Accuracy } from './accuracy.js';
import { measureSpeed, type Speed } from './speed.js';
import { measureState, type StateBytes } from './state-bytes.js';
import { alertsOfSweeps } from './sweep-alerts.js';
import { cleanWorlds, plantedMonth, type World } from './worlds.js';

/** Alerts of one rule about a world in which nothing is wrong. */
export interface Noise {
  readonly rule: string;
  readonly alerts: number;
  readonly per1000KeysAndDay: number;
}

export interface DetectionFigures {
  readonly bench: 'detection';
  readonly loadBefore: number;
  readonly othersCores: number | undefined;
  readonly planted: { readonly events: number; readonly accuracy: readonly Accuracy[] };
  readonly clean: readonly {
    readonly title: string;
    readonly events: number;
    readonly noise: readonly Noise[];
  }[];
  readonly timedEvents: number;
  readonly speed: readonly Speed[];
  readonly state: readonly StateBytes[];
}

const SIZES = [10_000, 1_000_000] as const;
const TIMED = 100_000;
const WATCHED = [...RULES, ...SWEEPS].map(({ id }) => id);

/** @throws Error where a world can't be stored or a sweep's query fails */
export async function benchDetection(
  { rounds }: BenchArguments,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<DetectionFigures> {
  const loadBefore = loadNow();
  say('generating a month with anomalies, a clean month and a clean busy day');
  const planted = plantedMonth();
  const clean = cleanWorlds();
  const worlds = [planted, ...clean];
  say('sweeping each of their days on an embedded engine');
  const swept = await alertsOfSweeps(worlds, signal);
  say('folding them');
  const told = worlds.map((world, n): Alert[] => [
    ...alertsOnStream(world).values(),
    ...(swept[n]?.values() ?? []),
  ]);
  const others = watchOthers([process.pid]);
  const timed = (clean.at(-1)?.events ?? []).slice(-TIMED);
  const speed = measureSpeed(timed, rounds, say);
  const othersCores = others();
  const state = SIZES.map((keys) => {
    say(`state of ${grouped(keys)} keys`);
    signal.throwIfAborted();
    return measureState(keys);
  });
  return {
    bench: 'detection',
    loadBefore,
    othersCores,
    planted: {
      events: planted.events.length,
      accuracy: WATCHED.map((rule) => accuracyOf(rule, told[0] ?? [], planted.truth)),
    },
    clean: clean.map((world, n) => ({
      title: world.title,
      events: world.events.length,
      noise: noiseOf(world, told[n + 1] ?? []),
    })),
    timedEvents: timed.length,
    speed,
    state,
  };
}

function noiseOf({ options: { keys, days } }: World, alerts: readonly Alert[]): Noise[] {
  return WATCHED.map((id) => {
    const count = alerts.filter(({ rule }) => rule === id).length;
    return { rule: id, alerts: count, per1000KeysAndDay: count / (keys / 1000) / days };
  });
}

export function detectionTable(figures: DetectionFigures): string {
  const { planted, clean, speed, state, timedEvents, loadBefore, othersCores } = figures;
  const percent = (part: number, of: number): string =>
    of === 0 ? '-' : `${Math.round((100 * part) / of)} %`;
  const bytes = (value: number | undefined): string => (value === undefined ? '-' : grouped(value));
  const found = planted.accuracy.map((a) => [
    a.rule,
    String(a.planted),
    percent(a.found, a.planted),
    percent(a.right, a.right + a.wrong),
    String(a.right),
    String(a.beside),
    String(a.wrong),
    ...clean.map(({ noise }) =>
      (noise.find(({ rule }) => rule === a.rule)?.per1000KeysAndDay ?? 0).toFixed(2),
    ),
  ]);
  const costs = speed.map((one) => [
    one.rules,
    grouped(one.eventsPerSecond),
    one.addedUsPerEvent.toFixed(2),
    percent(one.share, 1),
    ...state.map(({ byRule }) => bytes(byRule[one.rules])),
  ]);
  const sizes = state.map(({ keys, stored, heap }) => [grouped(keys), bytes(stored), bytes(heap)]);
  const missed = planted.accuracy.flatMap((a) => a.missed.map((key) => `${a.rule} ${key}`));
  return [
    `Detection: ${grouped(planted.events)} events with anomalies planted; ${clean.map(({ title, events }) => `${title} of ${grouped(events)} events`).join(', ')}; 1,000 keys each`,
    '',
    textTable(
      [
        'Rule',
        'planted',
        'recall',
        'precision',
        'right',
        'beside',
        'wrong',
        ...clean.map(({ title }) => `noise, ${title}`),
      ],
      found,
    ),
    '',
    `beside: about keys planted for another rule. Noise: alerts per 1,000 keys and day.${missed.length === 0 ? '' : ` Missed: ${missed.join(', ')}.`}`,
    '',
    textTable(
      [
        'Rules on',
        'events/CPU s',
        'us more',
        'share',
        ...state.map(({ keys }) => `B/key, ${grouped(keys)}`),
      ],
      costs,
    ),
    '',
    textTable(['Keys, all rules on', 'stored B/key', 'heap B/key'], sizes),
    '',
    `${grouped(timedEvents)} events folded per round, best of the rounds; load ${loadBefore} before, others used ${othersCores?.toFixed(1) ?? 'an unknown number of'} cores meanwhile.`,
  ].join('\n');
}
