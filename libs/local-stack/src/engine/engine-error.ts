/** The codes of ClickHouse that the front itself answers with; the names belong to the wire form of an error. */
const NAMES = {
  48: 'NOT_IMPLEMENTED',
  62: 'SYNTAX_ERROR',
  73: 'UNKNOWN_FORMAT',
  117: 'INCORRECT_DATA',
  159: 'TIMEOUT_EXCEEDED',
  164: 'READONLY',
  202: 'TOO_MANY_SIMULTANEOUS_QUERIES',
  210: 'NETWORK_ERROR',
  229: 'QUERY_IS_TOO_LARGE',
  236: 'ABORTED',
  243: 'NOT_ENOUGH_SPACE',
  271: 'CANNOT_DECOMPRESS',
  344: 'SUPPORT_IS_DISABLED',
  358: 'INTO_OUTFILE_NOT_ALLOWED',
  456: 'UNKNOWN_QUERY_PARAMETER',
  497: 'ACCESS_DENIED',
  516: 'AUTHENTICATION_FAILED',
  779: 'UNSUPPORTED_MEDIA_TYPE',
  1002: 'UNKNOWN_EXCEPTION',
} as const;

export type FrontCode = keyof typeof NAMES;

/** An error in ClickHouse's terms: its code, its text (`Code: N. DB::Exception: ... (NAME)`) and the HTTP status. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  constructor(
    readonly code: number,
    message: string,
    readonly status: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An error that the front raises itself, worded as the server words its own. */
export function refuse(code: FrontCode, reason: string, status = httpStatus(code)): EngineError {
  return new EngineError(code, `Code: ${code}. DB::Exception: ${reason} (${NAMES[code]})`, status);
}

/** Whatever was thrown, as an error that can be answered; the engine's own texts carry their code. */
export function asEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code = /^Code: (\d+)\./.exec(text)?.[1];
  if (code !== undefined)
    return new EngineError(Number(code), text, httpStatus(Number(code)), { cause: error });
  // The front writes files of its own; the server's code tells clients that it may pass.
  if ((error as NodeJS.ErrnoException | null)?.code === 'ENOSPC') return refuse(243, text);
  return new EngineError(
    1002,
    `Code: 1002. DB::Exception: ${text} (${NAMES[1002]})`,
    httpStatus(1002),
    {
      cause: error,
    },
  );
}

/*
 * As the server translates its codes: src/Server/HTTP/exceptionCodeToHTTPStatus.cpp of ClickHouse. Two lines differ: too
 * many queries at once, and a stop of the engine, are 503 here, so that clients and proxies see that trying again helps.
 */
const BAD_REQUEST = [
  6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441,
  675, 676,
];
const NOT_FOUND = [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511];
const STATUS = new Map<number, number>([
  ...BAD_REQUEST.map((code) => [code, 400] as const),
  ...NOT_FOUND.map((code) => [code, 404] as const),
  [48, 501],
  [76, 503],
  [159, 408],
  [192, 403],
  [193, 403],
  [194, 401],
  [202, 503],
  [209, 503],
  [229, 413],
  [236, 503],
  [439, 503],
  [497, 403],
  [512, 403],
  [516, 403],
  [779, 415],
]);

/** The HTTP status of an error code; 500 for every code that has no better one. */
export function httpStatus(code: number): number {
  return STATUS.get(code) ?? 500;
}
