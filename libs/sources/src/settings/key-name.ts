import { createHash } from 'node:crypto';
import { holdsSecretValue, unknownKeyId } from '@keywatch/events';
import { z } from 'zod';

/** A pattern of a mapping. JavaScript's syntax; the first group, else the whole match, is taken. */
export const pattern = z.string().transform((text, context) => {
  try {
    return new RegExp(text, 'u');
  } catch (error) {
    context.addIssue({ code: 'custom', message: `is no pattern: ${(error as Error).message}` });
    return z.NEVER;
  }
});

/** How a key's public name comes from what a log holds. */
export const keyNaming = {
  pattern: pattern.optional(),
  as: z
    .enum(['public', 'prefix', 'hash'], {
      error:
        'is one of public (what is found is the public name), prefix (its first characters are), hash (it is a secret, named by its SHA-256)',
    })
    .optional(),
  length: z
    .int({ error: 'is a whole number of characters' })
    .min(1)
    .max(64, { error: 'a public prefix has at most 64 characters' })
    .optional(),
};

export interface KeyNaming {
  readonly pattern?: RegExp | undefined;
  readonly as?: 'public' | 'prefix' | 'hash' | undefined;
  readonly length?: number | undefined;
}

/** `length` belongs to `prefix`, and to nothing else. */
export function checkNaming({ as, length }: KeyNaming, context: z.RefinementCtx): void {
  if (as === 'prefix' && length === undefined)
    context.addIssue({
      code: 'custom',
      path: ['length'],
      message: 'how many characters are public?',
    });
  if (as !== 'prefix' && length !== undefined)
    context.addIssue({ code: 'custom', path: ['length'], message: 'goes with as: prefix only' });
}

/** Longest key id of an event, in characters. */
const MAX_LENGTH = 256;

/**
 * The public name of a key; undefined where the pattern doesn't match. A secret never becomes a name: what is one by
 * its form (however the mapping calls it), or too short to have a public prefix, is named by its hash.
 * @param otherwise how what is found is named where the mapping doesn't say
 */
export function keyName(
  found: string,
  naming: KeyNaming,
  otherwise: 'public' | 'hash',
): string | undefined {
  const match = naming.pattern === undefined ? [found] : naming.pattern.exec(found);
  const name = match?.[1] ?? match?.[0];
  if (name === undefined || name === '') return undefined;
  switch (naming.as ?? otherwise) {
    case 'hash':
      return hashName(name);
    case 'prefix': {
      const length = naming.length ?? 0;
      // A name no longer than its prefix would be stored whole.
      return name.length > length ? publicName(name.slice(0, length), name) : hashName(name);
    }
    case 'public':
      return publicName(name, name);
  }
}

function publicName(name: string, whole: string): string {
  return name.length > MAX_LENGTH || holdsSecretValue(name) ? unknownKeyId(whole) : name;
}

/** The name of a key that has no public one: `sha256:` and the first 32 hex digits of its SHA-256. */
export function hashName(secret: string): string {
  return `sha256:${sha256(secret).slice(0, 32)}`;
}

/** SHA-256 of a text in hex: what a mapping names a secret by. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
