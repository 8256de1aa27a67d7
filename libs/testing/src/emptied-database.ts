import type { ClickHouse } from '@keywatch/clickhouse';

/** Names and definitions of all tables and views of a database, as one number in words. */
export async function shapeOf({ client, database }: ClickHouse): Promise<string> {
  const answer = await client.query({
    query: `SELECT toString(groupBitXor(cityHash64(name, create_table_query))) AS shape
FROM system.tables WHERE database = {database:String}`,
    query_params: { database },
    format: 'JSONEachRow',
  });
  const [row] = await answer.json<{ shape: string }>();
  return row?.shape ?? '';
}

/** Removes all rows, and with the parts the tokens under which they came; which migrations it has stays. */
export async function emptyTables({ client, database }: ClickHouse): Promise<void> {
  const answer = await client.query({
    query: `SELECT name FROM system.tables
WHERE database = {database:String} AND endsWith(engine, 'MergeTree') AND name != 'migrations'`,
    query_params: { database },
    format: 'JSONEachRow',
  });
  const tables = await answer.json<{ name: string }>();
  await Promise.all(
    tables.map(({ name }) => client.command({ query: `TRUNCATE TABLE ${database}.${name}` })),
  );
}
