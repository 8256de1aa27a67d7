import { z } from 'zod';
import { checkNaming, keyNaming } from '../settings/key-name.js';

const PLACES = ['query', 'path', 'user', 'user-agent', 'referer', 'field'] as const;

const key = z
  .strictObject({
    from: z.enum(PLACES, { error: `is one of ${PLACES.join(', ')}` }),
    name: z.string().min(1).optional().describe('Name of the query parameter'),
    field: z
      .int({ error: 'is a whole number' })
      .min(1)
      .max(64)
      .optional()
      .describe('Which quoted field behind the user agent, from 1'),
    ...keyNaming,
  })
  .superRefine((found, context) => {
    checkNaming(found, context);
    const needs = (member: 'name' | 'field' | 'pattern', of: string, why: string): void => {
      if (found.from === of && found[member] === undefined)
        context.addIssue({ code: 'custom', path: [member], message: why });
    };
    needs('name', 'query', 'which parameter of the query holds the key?');
    needs('field', 'field', 'which field behind the user agent holds the key? The first is 1');
    for (const place of ['path', 'user-agent', 'referer'])
      needs('pattern', place, `a pattern says which part of the ${place} is the key`);
  });

/** What is to be said of an access log: where the key is, and what the log is of. */
export const accessLogMapping = z.strictObject(
  {
    key,
    source: z.string().min(1).max(512).default('urn:keywatch:access-log'),
    environment: z.string().min(1).max(256).optional(),
    tenant: z.string().min(1).max(128).optional(),
    equalLines: z
      .enum(['one', 'distinct'], { error: 'is one of distinct, one' })
      .default('distinct')
      .describe('Whether equal lines are one request or several: times are in seconds'),
  },
  { error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : 'a mapping is an object') },
);
export type AccessLogMapping = z.output<typeof accessLogMapping>;
