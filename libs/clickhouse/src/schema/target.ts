import type { ClickHouse } from '../client.js';
import { MigrationError } from './migration-plan.js';
import type { Target } from './migration-sql.js';

/**
 * Which kind of tables the server gets: replicated where it has Keeper and the macros that name this replica, else
 * plain. `wanted` other than `auto` is checked against the server.
 * @throws MigrationError where `replicated` is wanted of a server that can't
 */
export async function detectTarget(
  { client }: ClickHouse,
  wanted: Target | 'auto' = 'auto',
): Promise<Target> {
  if (wanted === 'embedded') return wanted;
  const answer = await client.query({
    query: `SELECT
      (SELECT count() > 0 FROM system.tables WHERE database = 'system' AND name = 'zookeeper') AS keeper,
      (SELECT uniqExact(macro) = 2 FROM system.macros WHERE macro IN ('shard', 'replica')) AS macros`,
    format: 'JSONEachRow',
  });
  const [found] = await answer.json<{ keeper: number | boolean; macros: number | boolean }>();
  const keeper = Boolean(found?.keeper);
  const macros = Boolean(found?.macros);
  if (keeper && macros) return 'replicated';
  if (wanted === 'replicated' || keeper) {
    throw new MigrationError(
      keeper
        ? 'The server has Keeper but not the macros shard and replica that replicated tables are named by: add <macros><shard>1</shard><replica>1</replica></macros> to its configuration, or choose the target embedded (plain tables: no promise over a crash of the server).'
        : 'The target is replicated but the server has no Keeper: configure <zookeeper> (its built-in Keeper will do), or choose the target embedded.',
    );
  }
  return 'embedded';
}
