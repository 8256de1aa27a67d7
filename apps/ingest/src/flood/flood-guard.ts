/** When dead letters are no longer single faults of producers but a sign that this reader is wrong. */
export interface FloodLimits {
  /** Messages looked back over. */
  readonly window: number;
  /** Share of dead letters among them, 0 to 1, above which it is a flood ... */
  readonly share: number;
  /** ... if there are at least so many. */
  readonly atLeast: number;
  /** Dead letters in a row that are a flood whatever the share. */
  readonly inARow: number;
}

export const FLOOD_LIMITS: FloodLimits = {
  window: 1_000,
  share: 0.5,
  atLeast: 200,
  inARow: 500,
};

interface Tally {
  /** 1 where the message was a dead letter; a ring over the window. */
  readonly recent: Uint8Array;
  seen: number;
  dead: number;
  run: number;
}

/**
 * Watches one partition for a flood of dead letters. What a range that was never written has added is taken back when
 * that range is built again, so that a retry counts no message twice.
 */
export class FloodGuard {
  private settled: Tally;
  private settledAt = -1;
  private current: Tally;
  private currentTo = -1;

  constructor(private readonly limits: FloodLimits = FLOOD_LIMITS) {
    this.settled = this.fresh();
    this.current = this.fresh();
  }

  /** A range that begins at `from` will be looked at. */
  begin(from: number): void {
    if (from === this.currentTo) {
      this.settled = copy(this.current);
      this.settledAt = from;
    } else if (from === this.settledAt) {
      this.current = copy(this.settled);
    } else {
      this.settled = this.fresh();
      this.settledAt = from;
      this.current = this.fresh();
    }
  }

  /** @returns why it is a flood, in words; undefined where it is none */
  saw(deadLetter: boolean): string | undefined {
    const { current: tally, limits } = this;
    const slot = tally.seen % limits.window;
    tally.dead += (deadLetter ? 1 : 0) - (tally.recent[slot] ?? 0);
    tally.recent[slot] = deadLetter ? 1 : 0;
    tally.seen += 1;
    tally.run = deadLetter ? tally.run + 1 : 0;
    if (!deadLetter) return undefined;
    if (tally.run >= limits.inARow) return `${tally.run} messages in a row are dead letters`;
    const looked = Math.min(tally.seen, limits.window);
    if (tally.dead >= limits.atLeast && tally.dead > limits.share * looked) {
      return `${tally.dead} of the last ${looked} messages are dead letters`;
    }
    return undefined;
  }

  /** The range has been looked at up to `to`. */
  end(to: number): void {
    this.currentTo = to;
  }

  private fresh(): Tally {
    return { recent: new Uint8Array(this.limits.window), seen: 0, dead: 0, run: 0 };
  }
}

function copy(tally: Tally): Tally {
  return { ...tally, recent: tally.recent.slice() };
}
