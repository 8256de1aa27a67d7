import { z } from 'zod';

/** A parameter as a person gives it. */
export interface Parameter {
  readonly name: string;
  readonly about: string;
  readonly required: boolean;
  /** JSON Schema of the value; a list is given by repeating the parameter. */
  readonly schema: Readonly<Record<string, unknown>>;
}

/** The parameters of a report, in order, for documentation and for programs that ask for them. */
export function parametersOf(params: z.ZodObject): Parameter[] {
  const { properties, required = [] } = z.toJSONSchema(params, { io: 'input' });
  return Object.entries(properties ?? {}).map(([name, property]): Parameter => {
    const { description = '', ...schema } = property as Record<string, unknown>;
    return { name, about: description as string, required: required.includes(name), schema };
  });
}
