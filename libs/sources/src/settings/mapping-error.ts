import type { z } from 'zod';

/** A mapping that can't be used; the message lists every problem, one a line. */
export class MappingError extends Error {
  override readonly name = 'MappingError';

  constructor(readonly problems: readonly string[]) {
    super(problems.map((problem) => `  ${problem}`).join('\n'));
  }
}

/** A parsed mapping in the form of its schema. @throws MappingError with every problem, each with its place */
export function checkedMapping<S extends z.ZodType>(schema: S, mapping: unknown): z.output<S> {
  const result = schema.safeParse(mapping ?? {}, { reportInput: false });
  if (result.success) return result.data;
  throw new MappingError(
    result.error.issues.map(({ path, message }) => {
      const place = path.map(String).join('.');
      return place === '' ? message : `${place}: ${message}`;
    }),
  );
}
