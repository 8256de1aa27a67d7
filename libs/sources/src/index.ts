import { accessLogKind } from './access-log/access-log.source.js';
import { cloudEventsSource } from './cloudevents.source.js';
import { cloudTrailSource } from './cloudtrail.source.js';
import { githubSecretScanningKind } from './github-secret-scanning.source.js';
import { jsonLinesKind } from './json-lines/json-lines.source.js';
import { MappingError } from './settings/mapping-error.js';
import type { Source, SourceKind } from './source.js';

export * from './read-events.js';
export type { ReadRecord } from './read-record.js';
export * from './read-records.js';
export * from './source.js';
export { CLOUDTRAIL_SOURCE } from './cloudtrail.source.js';
export { cloudEventsSource, cloudTrailSource, MappingError };

/** Every kind of log, in the order in which they are offered. */
export const SOURCE_KINDS: readonly SourceKind[] = [
  knowing(cloudTrailSource),
  knowing(cloudEventsSource),
  githubSecretScanningKind,
  jsonLinesKind,
  accessLogKind,
];

/** The kind of that name; undefined where there is none. */
export function sourceKindNamed(name: string): SourceKind | undefined {
  return SOURCE_KINDS.find((kind) => kind.name === name);
}

/** A source that needs no mapping. */
function knowing(source: Source): SourceKind {
  return {
    name: source.name,
    mapping: 'none',
    open(mapping) {
      if (mapping === undefined) return source;
      throw new MappingError([`${source.name} knows where everything is; it takes no mapping`]);
    },
  };
}
