import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { z } from 'zod';
import { ENVELOPE, KEY_EVENT_DATA, KEY_EVENT_TYPES, type KeyEventType } from './key-event.js';
import { LENGTH_KEYWORDS } from './length-keywords.js';

const ajv = new Ajv({ strict: false, allErrors: false, logger: false });
for (const definition of LENGTH_KEYWORDS) {
  ajv.removeKeyword(String(definition.keyword)).addKeyword(definition);
}
addFormats.default(ajv, { mode: 'fast', formats: ['date-time'] });

/**
 * JSON Schema (draft 2020-12 members that AJV 8 reads as draft-07) of a zod schema. zod adds a long pattern beside
 * `format: date-time`; the format alone says the same and is cheaper on every message.
 */
export function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> {
  const json = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  }) as Record<string, unknown>;
  delete json['$schema'];
  return json;
}

/** Says whether a value is what a schema describes. */
export interface Validator<T> {
  (value: unknown): value is T;
  /** What was wrong at the last call; nothing: it was right. */
  errors?: readonly ErrorObject[] | null | undefined;
}

/**
 * Checks a value in about a microsecond. The schema is compiled at the first value, not at import: most processes check
 * few of the kinds, or none.
 */
export function compile<S extends z.ZodType>(schema: S): Validator<z.output<S>> {
  let compiled: ValidateFunction<z.output<S>> | undefined;
  const validate: Validator<z.output<S>> = (value): value is z.output<S> => {
    compiled ??= ajv.compile<z.output<S>>(jsonSchemaOf(schema));
    const isRight = compiled(value);
    validate.errors = compiled.errors;
    return isRight;
  };
  return validate;
}

export type Envelope = z.output<typeof ENVELOPE>;
export const validateEnvelope = compile(ENVELOPE);

export const validateData: Readonly<Record<KeyEventType, Validator<unknown>>> = Object.fromEntries(
  KEY_EVENT_TYPES.map((type) => [type, compile(KEY_EVENT_DATA[type])]),
) as Record<KeyEventType, Validator<unknown>>;

/** The first problem in words: `data/status must be integer`. Names members, never values. */
export function problemOf(validate: Validator<unknown>, root: string): string {
  const problem = validate.errors?.[0];
  return problem === undefined
    ? `${root} is invalid`
    : `${root}${problem.instancePath} ${problem.message ?? 'is invalid'}`;
}
