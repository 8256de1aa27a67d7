import type { ClickHouse } from '@keywatch/clickhouse';

/**
 * Takes retention off every table of a spec's database. It counts from today's date, and specs are of certain days: without
 * this they would lose their rows, at the next merge, so many days after they were written.
 */
export async function keepForGood({ client, database }: ClickHouse): Promise<void> {
  const answer = await client.query({
    query: `SELECT name FROM system.tables
WHERE database = {database:String} AND endsWith(engine, 'MergeTree') AND position(create_table_query, ' TTL ') > 0`,
    query_params: { database },
    format: 'JSONEachRow',
  });
  const tables = await answer.json<{ name: string }>();
  await Promise.all(
    tables.map(({ name }) =>
      client.command({ query: `ALTER TABLE ${database}.${name} REMOVE TTL` }),
    ),
  );
}
