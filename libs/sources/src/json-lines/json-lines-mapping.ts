import { z } from 'zod';
import { pointer, type JsonPointer } from '../settings/json-pointer.js';
import { checkNaming, keyNaming } from '../settings/key-name.js';
import { TIME_FORMATS } from '../settings/log-time.js';
import { FIELD_NAMES, TYPE_NAMES } from './fields.js';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** Where a value comes from: a pointer, a pointer with more said, or a constant. */
export interface ValueSpec {
  readonly pointer?: JsonPointer | undefined;
  readonly value?: unknown;
  readonly values?: Readonly<Record<string, unknown>> | undefined;
  readonly default?: unknown;
  readonly scale?: number | undefined;
}

const fromPointer = pointer.transform((steps): ValueSpec => ({ pointer: steps }));
const constant = z.strictObject({ value: scalar });
const detailed = z.strictObject({
  pointer,
  values: z.record(z.string(), scalar).optional(),
  default: scalar.optional(),
  scale: z.number().positive().optional(),
});

/**
 * One of several forms, told by how it begins, so that the problem of the form that was meant is named, and not that
 * of every form.
 */
function formOf<T>(choose: (given: unknown) => z.ZodType<T>) {
  return z.unknown().transform((given, context): T => {
    const result = choose(given).safeParse(given);
    if (result.success) return result.data;
    for (const { path, message } of result.error.issues)
      context.addIssue({ code: 'custom', path: [...path], message });
    return z.NEVER;
  });
}

const isObjectWith = (given: unknown, name: string): boolean =>
  typeof given === 'object' && given !== null && name in given;

const valueSpec = formOf<ValueSpec>((given) => {
  if (typeof given === 'string') return fromPointer;
  return isObjectWith(given, 'value') ? constant : detailed;
});

const typeName = z.string().refine((name) => TYPE_NAMES.has(name), {
  error: `is none of ${[...TYPE_NAMES.keys()].join(', ')}`,
});
const typeByValue = z.strictObject({
  pointer,
  values: z.record(z.string(), typeName),
  otherwise: z.union([z.enum(['skip', 'reject']), typeName]).default('reject'),
});
type TypeSpec = string | z.output<typeof typeByValue>;
const type = formOf<TypeSpec>((given) => (typeof given === 'string' ? typeName : typeByValue));

const keyForm = z
  .strictObject({ pointer, missing: z.enum(['reject', 'skip']).default('reject'), ...keyNaming })
  .superRefine(checkNaming);
type KeySpec = z.output<typeof keyForm>;
const bareKey = pointer.transform((steps): KeySpec => ({ pointer: steps, missing: 'reject' }));
const key = formOf<KeySpec>((given) => (typeof given === 'string' ? bareKey : keyForm));

const format = z.enum(TIME_FORMATS, { error: `is one of ${TIME_FORMATS.join(', ')}` });
const timeForm = z.strictObject({ pointer, format: format.default('rfc3339') });
type TimeSpec = z.output<typeof timeForm>;
const bareTime = pointer.transform((steps): TimeSpec => ({ pointer: steps, format: 'rfc3339' }));
const time = formOf<TimeSpec>((given) => (typeof given === 'string' ? bareTime : timeForm));

const data = z
  .strictObject(Object.fromEntries(FIELD_NAMES.map((name) => [name, valueSpec.optional()])), {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `there is no ${issue.keys.join(', ')}; there are ${FIELD_NAMES.join(', ')}`
        : undefined,
  })
  .default({});

/** How lines of JSON become key events. */
export const jsonLinesMapping = z.strictObject({
  source: z.string().min(1).max(512).default('urn:keywatch:json-lines'),
  type: type.default('request-made'),
  key,
  id: valueSpec.optional(),
  tenant: valueSpec.optional(),
  time: time.optional(),
  /** Form of times within the data: expiresAt, graceEndsAt, exposedAt. */
  times: format.default('rfc3339'),
  equalLines: z.enum(['one', 'distinct'], { error: 'is one of one, distinct' }).default('one'),
  data,
});
export type JsonLinesMapping = z.output<typeof jsonLinesMapping>;
