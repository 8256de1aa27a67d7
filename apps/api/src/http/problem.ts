/** RFC 9457. `detail` is for a person: what is wrong and what to do. */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly requestId?: string;
  /** Further members, such as every problem of the parameters. */
  readonly [member: string]: unknown;
}

export const PROBLEM_JSON = 'application/problem+json; charset=utf-8';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Token needed',
  403: 'Refused',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request took too long',
  413: 'Too large',
  415: 'Content type not taken',
  429: 'Too many requests',
  500: 'Fault of the server',
  503: 'Not available now',
};

function titleOf(status: number): string {
  return TITLES[status] ?? (status < 500 ? 'Refused' : 'Fault of the server');
}

/** An answer that is a problem: thrown by services, written by the filter. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly status: number,
    detail: string,
    readonly members: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }
}

/** Too busy, or a part is away: come again after so many seconds. */
export function comeAgain(status: 429 | 503, detail: string, seconds: number): ProblemError {
  return new ProblemError(status, detail, {}, { 'retry-after': String(seconds) });
}

export function problemBody(
  status: number,
  detail: string,
  requestId: string,
  members: Readonly<Record<string, unknown>> = {},
): Problem {
  return { title: titleOf(status), status, detail, requestId, ...members };
}
