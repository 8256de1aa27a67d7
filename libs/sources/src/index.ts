import { cloudEventsSource } from './cloudevents.source.js';
import { cloudTrailSource } from './cloudtrail.source.js';
import type { Source } from './source.js';

export * from './read-events.js';
export * from './read-records.js';
export * from './source.js';
export { CLOUDTRAIL_SOURCE } from './cloudtrail.source.js';
export { cloudEventsSource, cloudTrailSource };

/** Every source, in the order in which they are offered. */
export const SOURCES: readonly Source[] = [cloudTrailSource, cloudEventsSource];

/** The source of that name; undefined where there is none. */
export function sourceNamed(name: string): Source | undefined {
  return SOURCES.find((source) => source.name === name);
}
