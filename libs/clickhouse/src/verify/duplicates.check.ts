import { rows, type VerifyContext } from './context.js';
import { EXAMPLES, fine, grouped, wrong, type Finding } from './finding.js';

/** Identities looked at in one pass: 16 bytes and a few positions each stay well below the memory limit. */
const IDENTITIES_PER_PASS = 5_000_000;

interface Repeated {
  /** Which event: its id, or where that is not kept its identity, a hash. */
  readonly event: string;
  readonly places: readonly string[];
  readonly times: number;
  readonly total: number;
}

/**
 * Identities stored as an event more than once: delivered on several partitions, or again beyond the horizon within
 * which ingest recognises them, or written twice. Key events are looked up as far back as they are kept, the others
 * as far back as their identities are.
 */
export async function checkDuplicates(context: VerifyContext): Promise<Finding[]> {
  const sources = [
    {
      name: 'Key events',
      event: "concat('event ', any(event_id))",
      from: '{{database}}.key_events WHERE 1',
    },
    {
      name: 'Alert and delivery events',
      event: "concat('identity ', lower(hex(identity)))",
      from: '{{database}}.event_ids WHERE NOT duplicate AND topic != {topic:String}',
    },
  ];
  const params = { topic: context.topics.keyEvents };
  const findings: Finding[] = [];
  let looked = 0;
  for (const { name, event, from } of sources) {
    const [size] = await rows<{ n: number }>(context, `SELECT count() AS n FROM ${from}`, params);
    const passes = Math.ceil((size?.n ?? 0) / IDENTITIES_PER_PASS);
    looked += size?.n ?? 0;
    const examples: string[] = [];
    let total = 0;
    for (let pass = 0; pass < passes; pass += 1) {
      const repeated = await rows<Repeated>(
        context,
        `SELECT ${event} AS event, count() AS times, count() OVER () AS total,
          groupArray(4)(concat(topic, '/', toString(partition), '/', toString(offset))) AS places
        FROM ${from} AND cityHash64(identity) % {passes:UInt32} = {pass:UInt32}
        GROUP BY identity HAVING times > 1
        ORDER BY identity LIMIT ${EXAMPLES}`,
        { ...params, passes, pass },
      );
      total += repeated[0]?.total ?? 0;
      examples.push(
        ...repeated.map(
          (r) => `${r.event} ${r.times} times, at ${[...r.places].sort().join(', ')}`,
        ),
      );
    }
    if (total > 0) {
      findings.push(
        wrong(
          'duplicates',
          `${name} stored more than once`,
          total,
          examples,
          'Reports count each of these that often. Places are topic/partition/offset. Different partitions: a producer does not key its messages by key id. One partition, days apart: it sent them again after more than KEYWATCH_INGEST_HORIZON_DAYS. Neither: a range was written twice; please report it.',
        ),
      );
    }
  }
  if (findings.length > 0) return findings;
  const [dropped] = await rows<{ n: number }>(
    context,
    'SELECT sum(duplicates) AS n FROM {{database}}.ranges',
  );
  return [fine('duplicates', onceInWords(looked, dropped?.n ?? 0))];
}

/** A duplicate that ingest recognised is no fault, and must not read like one. */
function onceInWords(stored: number, dropped: number): string {
  const left =
    dropped === 0
      ? ''
      : `; ${dropped === 1 ? '1 repeated message was' : `${grouped(dropped)} repeated messages were`} recognised and left out`;
  return `${grouped(stored)} ${stored === 1 ? 'event is' : 'events are'} stored, each once${left}`;
}
