import { holdsSecretValue } from '@keywatch/events';
import type { core, z } from 'zod';
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
  const result = schema.safeParse(given, { error: inWords });
  if (!result.success) {
    throw wrong(
      result.error.issues.map(({ path, message }) =>
        path.length === 0 ? message : `${path.map(String).join('.')} ${message}`,
      ),
    );
  }
  if (holdsSecretValue(JSON.stringify(given))) {
    throw wrong(['it holds what looks like a secret: name a key by its public name']);
  }
  return result.data;
}

/** undefined: zod's own words are clear. */
function inWords(issue: core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'is missing';
  if (issue.code === 'too_small') return 'is empty';
  if (issue.code === 'too_big') return `is longer than ${issue.maximum} characters`;
  if (issue.code === 'unrecognized_keys') return `${issue.keys.join(', ')} is not known here`;
  if (issue.code === 'invalid_format' && issue.format === 'datetime')
    return 'must be a time such as 2026-11-24T12:00:00Z';
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  return undefined;
}

/** @param problems a sentence each */
export function wrong(problems: readonly string[]): ProblemError {
  return new ProblemError(400, problems.join('; '), { problems });
}
