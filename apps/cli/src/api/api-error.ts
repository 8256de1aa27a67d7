import { CommandError } from '../command-error.js';

/** What the API refused, or that it did not answer. */
export class ApiError extends CommandError {
  /**
   * @param status of the answer; undefined: there was none
   * @param retryAfterMs how long the API asks to wait
   */
  constructor(
    message: string,
    readonly status: number | undefined,
    readonly retryAfterMs = 0,
  ) {
    super(message);
    this.name = 'ApiError';
  }

  /** Whether the same request may succeed later. */
  get mayPass(): boolean {
    const { status } = this;
    return status === undefined || status === 408 || status === 429 || status >= 500;
  }
}

/** RFC 9457, as far as we read it. */
export interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly problems?: readonly string[];
}

/** The words of a refusal; `undefined` as problem: the answer was none of our API. */
export function refusal(url: string, response: Response, problem: Problem | undefined): ApiError {
  const { status } = response;
  const first =
    problem?.detail ??
    problem?.title ??
    `${url} answered ${status}${response.statusText === '' ? '' : ` ${response.statusText}`}, and not as Keywatch's API does`;
  const more = (problem?.problems ?? []).filter((line) => !first.includes(line));
  const seconds = Number(response.headers.get('retry-after') ?? 0);
  return new ApiError(
    [first, ...more.map((line) => `  - ${line}`)].join('\n'),
    status,
    Number.isFinite(seconds) ? seconds * 1000 : 0,
  );
}
