import type { Dated, KeyDescription, KeyState } from './key-state.js';
import { compact } from './merge.js';

type Cell<T> = [atMs: number, eventId: string, value: T] | null;
type Time = number | null;
type Description = [
  ownerId: string,
  ownerEmail: string,
  ownerTeam: string,
  name: string,
  plan: string,
  environment: string,
  allowedEnvironments: readonly string[],
  kind: KeyDescription['kind'],
  expiresAtMs: Time,
  /** Left out where there are none. */
  tags?: readonly string[],
];

/** A key's state as a short JSON value. */
export type PackedKeyState = [
  createdAtMs: Time,
  lastRotatedAtMs: Time,
  revokedAtMs: Time,
  leakReportedAtMs: Time,
  secretVersion: number,
  description: Cell<Description>,
  grace: Cell<Time>,
  disabled: Cell<0 | 1>,
];

/** Packs a state for storage; {@link unpackKeyState} reads it back unchanged. */
export function packKeyState(state: KeyState): PackedKeyState {
  return [
    state.createdAtMs ?? null,
    state.lastRotatedAtMs ?? null,
    state.revokedAtMs ?? null,
    state.leakReportedAtMs ?? null,
    state.secretVersion,
    cell(state.description, (d) => [
      d.ownerId,
      d.ownerEmail,
      d.ownerTeam,
      d.name,
      d.plan,
      d.environment,
      d.allowedEnvironments,
      d.kind,
      d.expiresAtMs ?? null,
      ...(d.tags === undefined ? ([] as const) : ([d.tags] as const)),
    ]),
    cell(state.grace, (endsAtMs) => endsAtMs ?? null),
    cell(state.disabled, (disabled) => (disabled ? 1 : 0)),
  ];
}

export function unpackKeyState(packed: PackedKeyState): KeyState {
  const [createdAtMs, lastRotatedAtMs, revokedAtMs, leakReportedAtMs] = packed;
  return compact({
    createdAtMs: createdAtMs ?? undefined,
    lastRotatedAtMs: lastRotatedAtMs ?? undefined,
    revokedAtMs: revokedAtMs ?? undefined,
    leakReportedAtMs: leakReportedAtMs ?? undefined,
    secretVersion: packed[4],
    description: dated(packed[5], (d) => ({
      ownerId: d[0],
      ownerEmail: d[1],
      ownerTeam: d[2],
      name: d[3],
      plan: d[4],
      environment: d[5],
      allowedEnvironments: d[6],
      kind: d[7],
      ...(d[8] === null ? {} : { expiresAtMs: d[8] }),
      ...(d[9] === undefined ? {} : { tags: d[9] }),
    })),
    grace: dated(packed[6], (endsAtMs) => endsAtMs ?? undefined),
    disabled: dated(packed[7], (flag) => flag === 1),
  });
}

function cell<T, P>(value: Dated<T> | undefined, pack: (value: T) => P): Cell<P> {
  return value === undefined ? null : [value.atMs, value.eventId, pack(value.value)];
}

function dated<T, P>(packed: Cell<P>, unpack: (packed: P) => T): Dated<T> | undefined {
  if (packed === null) return undefined;
  return { atMs: packed[0], eventId: packed[1], value: unpack(packed[2]) };
}
