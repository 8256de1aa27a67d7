import { createReadStream, readFileSync } from 'node:fs';
import type { OutgoingKeyEvent } from '@keywatch/events';
import { cloudTrailSource, isRejected, readEvents } from '@keywatch/sources';

const FOLDER = new URL('../fixtures/cloudtrail/', import.meta.url);

export const SAMPLES = ['invictus', 'ec2_proxy_exfiltration'] as const;
export type Sample = (typeof SAMPLES)[number];

interface ExpectedKey {
  readonly requests: number;
  readonly errors: number;
  readonly firstUsed: string;
  readonly lastUsed: string;
  readonly userAgents: number;
  readonly endpoints: number;
  readonly sourceAddresses: number;
}
interface Expected {
  readonly requests: number;
  readonly types: Readonly<Record<string, number>>;
  readonly keys: Readonly<Record<string, ExpectedKey>>;
}

/** What a right intake of each sample counts. */
export function expected(sample: Sample): Expected {
  const all = JSON.parse(readFileSync(new URL('expected.json', FOLDER), 'utf8')) as Record<
    Sample,
    Expected
  >;
  return all[sample];
}

/** The events of a sample, in file order; the lane is named after it. */
export async function eventsOf(sample: Sample): Promise<OutgoingKeyEvent[]> {
  const events: OutgoingKeyEvent[] = [];
  const bytes = createReadStream(new URL(`${sample}.jsonl.gz`, FOLDER));
  for await (const outcome of readEvents(cloudTrailSource, bytes, { lane: sample })) {
    if (isRejected(outcome)) throw new Error(`${sample} line ${outcome.line}: ${outcome.error}`);
    events.push(...outcome.events);
  }
  return events;
}
