import { holdsSecretValue } from '@keywatch/events';
import type { z } from 'zod';
import { ProblemError } from './problem.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The JSON in a request's body, unchecked. @throws ProblemError 400 where it is empty or no JSON in UTF-8 */
export function jsonIn(body: unknown, whatItHolds: string): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) {
    throw new ProblemError(400, `The body is empty; it must hold ${whatItHolds}.`);
  }
  try {
    return JSON.parse(utf8.decode(body)) as unknown;
  } catch {
    throw new ProblemError(400, 'The body is not JSON in UTF-8.');
  }
}

/**
 * What a person asks for, checked: what they write is kept for good, so nothing that looks like a secret may be in it.
 * @throws ProblemError 400 with every problem
 */
export function asked<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const given = jsonIn(body, 'an object');
  const result = schema.safeParse(given);
  if (!result.success) {
    throw wrong(
      result.error.issues.map(({ path, message }) =>
        path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
      ),
    );
  }
  if (holdsSecretValue(JSON.stringify(given))) {
    throw wrong(['it holds what looks like a secret: name a key by its public name']);
  }
  return result.data;
}

/** @param problems a sentence each */
export function wrong(problems: readonly string[]): ProblemError {
  return new ProblemError(400, problems.join('; '), { problems });
}
