import type { ClickHouseSettings } from '@clickhouse/client';

/**
 * Settings that every insert of a range carries, whatever the server's profile says. One insert is one block: blocks
 * cut differently on a re-send would get other deduplication ids, and the rows would be there twice.
 */
export function insertSettings(token: string): ClickHouseSettings {
  return {
    insert_deduplication_token: token,
    insert_deduplicate: 1,
    // The views' targets drop a re-sent range, too; each has a window of its own.
    deduplicate_blocks_in_dependent_materialized_views: 1,
    // An asynchronous insert is merged with others in the server and loses its token. Newer servers have it on.
    async_insert: 0,
    wait_for_async_insert: 1,
    // The parser fills one block until these are reached; a range is capped far below them.
    ...ONE_BLOCK,
    // Parsing in parallel cuts the bytes at chunks of its own.
    input_format_parallel_parsing: 0,
    max_insert_threads: '1',
    parallel_view_processing: 0,
    // Views group by the whole key of their target: to merge a block's rows once more before it is written finds nothing.
    optimize_on_insert: 0,
    // A range of an import may span any number of months.
    max_partitions_per_insert_block: '0',
    // A failing view must fail the insert: else its target would miss the range silently.
    materialized_views_ignore_errors: 0,
    // Times are "seconds.mmm"; best effort takes short or long ones for dates.
    date_time_input_format: 'basic',
    input_format_skip_unknown_fields: 0,
    input_format_null_as_default: 0,
  };
}

const BLOCK_ROWS = '10000000';
const BLOCK_BYTES = '4000000000';
const ONE_BLOCK: ClickHouseSettings = {
  max_insert_block_size: BLOCK_ROWS,
  min_insert_block_size_rows: BLOCK_ROWS,
  min_insert_block_size_bytes: BLOCK_BYTES,
  min_insert_block_size_rows_for_materialized_views: BLOCK_ROWS,
  min_insert_block_size_bytes_for_materialized_views: BLOCK_BYTES,
  input_format_max_block_size_bytes: '0',
};
