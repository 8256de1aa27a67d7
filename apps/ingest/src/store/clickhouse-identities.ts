import { storedIdentities, type ClickHouse, type StoredIdentity } from '@keywatch/clickhouse';
import type { StoredIdentities } from '../rows/intake-sink.js';
import { readFailure } from './store-errors.js';

/** Identities of messages before a range, from the event-ids table. */
export class ClickHouseIdentities implements StoredIdentities {
  constructor(private readonly clickhouse: ClickHouse) {}

  async *read(
    topic: string,
    partition: number,
    from: number,
    before: number,
    signal: AbortSignal,
  ): AsyncGenerator<readonly StoredIdentity[]> {
    const stretch = { topic, partition, from, before };
    try {
      yield* storedIdentities(this.clickhouse, stretch, { signal });
    } catch (error) {
      throw readFailure(`which identities stand in ${topic}/${partition} before ${before}`, error);
    }
  }
}
