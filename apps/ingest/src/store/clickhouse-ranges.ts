import { readBackRange, storedPositions, type ClickHouse, type Intake } from '@keywatch/clickhouse';
import type { Range, ReadBack, StoredPositions, StoredRanges } from '@keywatch/kafka';
import { asking } from './store-errors.js';

/** The ranges of one topic as ClickHouse has them. */
export class ClickHouseRanges implements StoredRanges {
  constructor(
    private readonly clickhouse: ClickHouse,
    private readonly intake: Intake,
  ) {}

  async positions(topic: string): Promise<StoredPositions[]> {
    const stored = await asking(`how far ${topic} is stored`, () =>
      storedPositions(this.clickhouse, topic),
    );
    return stored.map(({ partition, contiguousTo, to }) => ({
      partition,
      contiguousTo: BigInt(contiguousTo),
      to: BigInt(to),
    }));
  }

  readBack({ topic, partition, from, to }: Range): Promise<ReadBack> {
    const stretch = { topic, partition, from: Number(from), to: Number(to) };
    return asking(`whether ${topic}/${partition} from ${from} to ${to} is stored`, () =>
      readBackRange(this.clickhouse, this.intake, stretch),
    );
  }
}
