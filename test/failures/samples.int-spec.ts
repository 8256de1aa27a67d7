import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ReportRunner } from '@keywatch/clickhouse';
import { encodeKeyEvent } from '@keywatch/events';
import { reportOf, type Row } from '@keywatch/reports';
import { eventsOf, expected, SAMPLES } from '../api/cloudtrail.js';
import { alertsOnStream, decodedSample } from '../detect/sample-alerts.js';
import { toldAlerts } from './log-alerts.js';
import { outcomeOf } from './outcome.js';
import { generator, shuffled } from './random.js';
import { startFailureStack, type FailureStack } from './stack.js';

const SEED = 7;
/** One kill in each delivery, and one more while the range of the killed one is settled. */
const KILLS = ['inserted:1', 'inserted:1', 'announced:1'];

describe('the CloudTrail samples through Kafka', () => {
  let stack: FailureStack;
  beforeAll(async () => {
    stack = await startFailureStack({
      killAt: { ingest: KILLS, detect: ['alerts-sent:2', 'state-sent:2'] },
    });
  }, 120_000);
  afterAll(() => stack.stop(), 60_000);

  it('count and alert exactly as expected, shuffled, delivered twice, with ingest and detect killed amid each', async () => {
    const events = (await Promise.all(SAMPLES.map(eventsOf))).flat();
    const random = generator(SEED);
    for (const kills of [2, 3]) {
      await stack.produce(shuffled(events, random).map(encodeKeyEvent));
      await stack.untilKilled('ingest', kills);
    }
    await stack.untilKilled('detect', 2);
    await stack.caughtUp();

    const alerts = (await Promise.all(SAMPLES.map(decodedSample))).map(alertsOnStream);
    const ids = alerts.flatMap((told) => [...told.keys()]).sort();
    expect(ids).toHaveLength(7);
    expect([...(await toldAlerts(stack.client))].sort()).toEqual(ids);

    const { stored, identities, wrong, announced } = await outcomeOf(stack);
    const wanted = SAMPLES.map((sample) => expected(sample));
    expect({ stored, identities, wrong, announced }).toEqual({
      stored: events.length,
      identities: events.length,
      wrong: [],
      announced: [],
    });
    for (const [at, sample] of SAMPLES.entries()) {
      expect(await usage(sample)).toEqual(
        Object.fromEntries(
          Object.entries(wanted[at]?.keys ?? {}).map(([keyId, key]) => [
            keyId,
            { ...key, firstUsed: Date.parse(key.firstUsed), lastUsed: Date.parse(key.lastUsed) },
          ]),
        ),
      );
    }
  }, 180_000);

  /** The usage report of one sample, by key. */
  async function usage(lane: string): Promise<Record<string, unknown>> {
    const report = reportOf('usage');
    if (report === undefined) throw new Error('no report of usage');
    const prepared = report.prepare({ lane }, Date.now());
    const rows = await new ReportRunner(stack.clickhouse).query<Row>(
      prepared.query.sql,
      prepared.query.params,
    );
    return Object.fromEntries(
      rows.map((row) => {
        const measures = prepared.read(row);
        const { requests, errors, userAgents, endpoints, sourceAddresses } = measures;
        const firstUsed = Date.parse(String(measures['firstUsed']));
        const lastUsed = Date.parse(String(measures['lastUsed']));
        return [
          String(measures['keyId']),
          { requests, errors, firstUsed, lastUsed, userAgents, endpoints, sourceAddresses },
        ];
      }),
    );
  }
});
