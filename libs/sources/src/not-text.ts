import { isGzipError } from './plain-bytes.js';
import { UnpackError } from './unpack-error.js';

/** Why bytes give no text, as a sentence; undefined where the error is one of reading them. */
export function notText(error: unknown): string | undefined {
  if (error instanceof UnpackError) return error.message;
  if (isGzipError(error)) return `the gzip data is broken or cut off (${error.code})`;
  return undefined;
}
