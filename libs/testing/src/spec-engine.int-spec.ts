import { describe, expect, it } from '@jest/globals';
import { startSpecEngine } from './spec-engine.js';

describe('the database of a spec', () => {
  it('keeps what is of a day long ago, also when parts are merged', async () => {
    const engine = await startSpecEngine('keeps');
    try {
      const { client, database } = await engine.freshDatabase();
      for (const offset of [0, 1]) {
        await client.command({
          query: `INSERT INTO ${database}.dead_letters (topic, partition, offset, log_time, reason)
VALUES ('t', 0, ${offset}, '2020-01-01 00:00:00.000', 'empty')`,
        });
      }
      await client.command({ query: `OPTIMIZE TABLE ${database}.dead_letters FINAL` });
      const answer = await client.query({
        query: `SELECT toUInt32(count()) AS n FROM ${database}.dead_letters`,
        format: 'JSONEachRow',
      });
      expect(await answer.json()).toEqual([{ n: 2 }]);
    } finally {
      await engine.stop();
    }
  });
});
