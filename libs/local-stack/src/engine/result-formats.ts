/**
 * Formats without a head or foot: the engine streams a result as complete documents, one per block, and only these can be
 * joined.
 */
const ROW_BY_ROW = new Set([
  'CSV',
  'JSONCompactEachRow',
  'JSONCompactStringsEachRow',
  'JSONEachRow',
  'JSONStringsEachRow',
  'LineAsString',
  'RowBinary',
  'TSKV',
  'TSV',
  'TSVRaw',
  'TabSeparated',
  'TabSeparatedRaw',
]);

/** @param settings names that are set; one of them can put a bracket around the rows. */
export function canStream(format: string, settings: Iterable<string>): boolean {
  return ROW_BY_ROW.has(format) && ![...settings].includes('output_format_json_array_of_rows');
}

export function contentType(format: string): string {
  if (/^(JSON|PrettyJSON|XMLJSON)/.test(format) && !format.includes('EachRow'))
    return 'application/json; charset=UTF-8';
  if (/^JSON\w*EachRow/.test(format)) return 'application/x-ndjson; charset=UTF-8';
  if (format.startsWith('CSV')) return 'text/csv; charset=UTF-8; header=absent';
  if (/^(TSV|TabSeparated)/.test(format)) return 'text/tab-separated-values; charset=UTF-8';
  if (/^(RowBinary|Native|Parquet|Arrow|ORC|Avro)/.test(format)) return 'application/octet-stream';
  return 'text/plain; charset=UTF-8';
}

/** Insert formats that the engine takes as bytes, without a copy through text. */
export const RAW_INSERT_FORMATS = [
  'JSONEachRow',
  'JSONCompactEachRow',
  'CSV',
  'CSVWithNames',
  'TSV',
  'TabSeparated',
  'TSVWithNames',
  'TabSeparatedWithNames',
] as const;

export type RawInsertFormat = (typeof RAW_INSERT_FORMATS)[number];

export function rawInsertFormat(format: string): RawInsertFormat | undefined {
  return RAW_INSERT_FORMATS.find((raw) => raw === format);
}

/** Insert formats that are no text; the engine reads them from a file. */
const BINARY_INSERT_FORMATS: ReadonlySet<string> = new Set([
  'RowBinary',
  'RowBinaryWithNames',
  'RowBinaryWithNamesAndTypes',
  'Native',
  'Parquet',
  'Arrow',
  'ArrowStream',
]);

export function isBinaryInsertFormat(format: string): boolean {
  return BINARY_INSERT_FORMATS.has(format);
}
