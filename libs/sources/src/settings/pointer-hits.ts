import type { Unmatched } from '../source.js';
import { valueAt, type JsonPointer } from './json-pointer.js';

interface Hits {
  looked: number;
  found: number;
}

/** Follows the pointers of a mapping, and remembers which of them ever led anywhere: one with a slip in it never does. */
export class PointerHits {
  private readonly hits = new Map<JsonPointer, Hits>();

  /** What a pointer points at; undefined where a step is missing. */
  valueAt(record: object, pointer: JsonPointer): unknown {
    const value = valueAt(record, pointer);
    const hits = this.hits.get(pointer) ?? { looked: 0, found: 0 };
    this.hits.set(pointer, hits);
    hits.looked += 1;
    if (value !== undefined) hits.found += 1;
    return value;
  }

  /** @param pointers of the mapping, by the member that they fill */
  unmatched(pointers: readonly (readonly [string, JsonPointer])[]): Unmatched[] {
    return pointers.flatMap(([member, pointer]) => {
      const { looked, found } = this.hits.get(pointer) ?? { looked: 0, found: 0 };
      if (looked === 0 || found > 0) return [];
      return [{ member, pointer: textOf(pointer), records: looked }];
    });
  }
}

const textOf = (pointer: JsonPointer): string =>
  pointer.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
