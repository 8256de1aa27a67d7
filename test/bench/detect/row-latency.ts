/** One request to the broker: its first message of a partition got `from`. Times in ms, by one clock. */
export interface Sent {
  readonly partition: number;
  readonly from: number;
  readonly at: number;
}

/** One look at the table: rows up to and with offset `last` of a partition are there. */
export interface Look {
  readonly partition: number;
  readonly last: number;
  readonly at: number;
}

/** Of requests sent from then on, and before then. */
export interface SentWithin {
  readonly fromMs?: number;
  readonly beforeMs?: number;
}

/**
 * From just before a message was sent until the first look that found its row, for every message from the first that
 * was sent, in ms. Rows of a partition become visible in the order of the log.
 * @throws Error for a message that no look has found
 */
export function rowLatencies(
  sent: readonly Sent[],
  looks: readonly Look[],
  { fromMs = -Infinity, beforeMs = Infinity }: SentWithin = {},
): number[] {
  const latencies: number[] = [];
  for (const partition of new Set(sent.map((one) => one.partition))) {
    const requests = of(sent, partition).sort((a, b) => a.from - b.from);
    const found = of(looks, partition);
    const end = Math.max(-1, ...found.map(({ last }) => last)) + 1;
    let look = 0;
    for (const [i, { from, at }] of requests.entries()) {
      const to = requests[i + 1]?.from ?? end;
      if (from >= end || to > end)
        throw new Error(`No row of partition ${partition} from offset ${end} on.`);
      for (let offset = from; offset < to; offset += 1) {
        while ((found[look]?.last ?? -1) < offset) look += 1;
        if (at >= fromMs && at < beforeMs) latencies.push((found[look]?.at ?? Number.NaN) - at);
      }
    }
  }
  return latencies;
}

function of<T extends { readonly partition: number }>(all: readonly T[], partition: number): T[] {
  return all.filter((one) => one.partition === partition);
}
