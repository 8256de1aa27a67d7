/** HTTP status for an error code that holds one of the words; the first match counts. */
const STATUS_OF_WORDS: readonly (readonly [status: number, words: readonly string[]])[] = [
  [
    403,
    ['AccessDenied', 'Unauthorized', 'Forbidden', 'InvalidClientTokenId', 'SignatureDoesNotMatch'],
  ],
  [429, ['Throttl', 'RequestLimit', 'LimitExceeded', 'TooManyRequests', 'SlowDown']],
  [404, ['NotFound', 'NoSuch', 'DoesNotExist']],
  [500, ['Internal', 'ServiceUnavailable']],
  [409, ['AlreadyExists', 'Conflict', 'InUse']],
];

/** HTTP status of a CloudTrail record, which has only an error code: 200 without one, 400 for one unknown here. */
export function statusOfErrorCode(errorCode: string | undefined): number {
  if (errorCode === undefined) return 200;
  for (const [status, words] of STATUS_OF_WORDS) {
    if (words.some((word) => errorCode.includes(word))) return status;
  }
  return 400;
}
