import { z } from 'zod';

/** Steps of a JSON pointer (RFC 6901): `/http/status`, with `~1` for a slash and `~0` for a tilde in a name. */
export type JsonPointer = readonly string[];

/** A pointer in a mapping, as its steps. */
export const pointer = z
  .string()
  .refine((text) => text.startsWith('/'), {
    error:
      'a JSON pointer begins with /, for example /http/status; write a constant as { value: ... }',
    abort: true,
  })
  .refine((text) => !/~(?![01])/.test(text), {
    error: 'in a JSON pointer ~ is written ~0 and / within a name ~1 (RFC 6901)',
  })
  .transform(stepsOf);

/** Steps of a pointer that is written right. */
export function stepsOf(text: string): JsonPointer {
  return text
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What a pointer points at; undefined where a step is missing. Own members and items only. */
export function valueAt(root: unknown, steps: JsonPointer): unknown {
  let here = root;
  for (const step of steps) {
    if (typeof here !== 'object' || here === null) return undefined;
    if (Array.isArray(here) && !/^(?:0|[1-9]\d*)$/.test(step)) return undefined;
    if (!Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string, unknown>)[step];
  }
  return here;
}
