import { CommandError } from '../command-error.js';
import type { PipelineCompleteness, PostAnswer, ReportAnswer } from './answers.js';
import { ApiError, refusal, type Problem } from './api-error.js';

export type * from './answers.js';

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** For questions that take the API a moment; a report may take its time. */
const QUICK_MS = 60_000;

/** The API of a running Keywatch. Failures are CommandErrors in words. */
export class ApiClient {
  constructor(
    readonly url: string,
    private readonly token: string | undefined,
    private readonly quickMs = QUICK_MS,
  ) {}

  report(id: string, query: Query): Promise<ReportAnswer> {
    return this.rows(`/api/v1/reports/${encodeURIComponent(id)}`, query);
  }

  alerts(query: Query): Promise<ReportAnswer> {
    return this.rows('/api/v1/alerts', query);
  }

  /** Rows of a report or list, with their completeness. */
  async rows(path: string, query: Query): Promise<ReportAnswer> {
    return this.json<ReportAnswer>(await this.get(path, query));
  }

  /** One thing that is asked for by its name. @throws ApiError */
  async one<T>(path: string): Promise<T> {
    return this.json<T>(await this.accepted(await this.send(path, { signal: this.quick() })));
  }

  /** @throws the signal's reason, too */
  async completeness(signal?: AbortSignal): Promise<PipelineCompleteness> {
    const response = await this.send('/api/v1/completeness', { signal: this.quick(signal) });
    return this.json<PipelineCompleteness>(await this.accepted(response));
  }

  /** The body as the server writes it: CSV for a file, for example. */
  async get(path: string, query: Query): Promise<Response> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      for (const one of Array.isArray(value) ? value : [value]) {
        if (one !== undefined) search.append(name, one as string);
      }
    }
    const response = await this.accepted(await this.send(`${path}?${search.toString()}`, {}));
    // A page that was asked for says how complete it is; one of a proxy does not.
    if (isHtml(response) && !response.headers.has('x-keywatch-completeness')) throw this.foreign();
    return response;
  }

  /**
   * Posts a batch of CloudEvents. A batch of which nothing is accepted is an answer, not a failure.
   * @param body a JSON array as text
   * @throws ApiError
   */
  async postEvents(body: string): Promise<PostAnswer> {
    const response = await this.send('/api/v1/events', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      signal: this.quick(),
    });
    if (response.status === 400) {
      const problem = await problemIn<Partial<PostAnswer> & Problem>(response);
      if (problem?.results !== undefined) return problem as PostAnswer;
      throw refusal(this.url, response, problem);
    }
    return this.json<PostAnswer>(await this.accepted(response));
  }

  /** Something to be recorded. @throws ApiError */
  async post<T>(path: string, body: unknown): Promise<T> {
    const response = await this.send(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
      signal: this.quick(),
    });
    return this.json<T>(await this.accepted(response));
  }

  private quick(signal?: AbortSignal): AbortSignal {
    const late = AbortSignal.timeout(this.quickMs);
    return signal === undefined ? late : AbortSignal.any([signal, late]);
  }

  private async send(path: string, init: RequestInit): Promise<Response> {
    const headers = {
      ...(init.headers as Record<string, string> | undefined),
      ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
    };
    try {
      // A redirect would turn a POST into a GET; and where it leads, the token has no business.
      return await fetch(`${this.url.replace(/\/+$/, '')}${path}`, {
        ...init,
        headers,
        redirect: 'manual',
      });
    } catch (error) {
      const { name, message, cause } = error as Error & { cause?: Error };
      if (name === 'AbortError') throw error;
      const why =
        name === 'TimeoutError' ? `nothing came within ${this.quickMs / 1000} s` : reasonOf(cause);
      throw new ApiError(`The API at ${this.url} does not answer: ${why ?? message}`, undefined);
    }
  }

  private async accepted(response: Response): Promise<Response> {
    if (response.ok) return response;
    const location = response.headers.get('location');
    if (location !== null) {
      throw new ApiError(
        `${this.url} redirects to ${location}. Set KEYWATCH_API_URL to where the API itself is.`,
        response.status,
      );
    }
    throw refusal(this.url, response, await problemIn<Problem>(response));
  }

  private async json<T>(response: Response): Promise<T> {
    const text = await response.text().catch((error: unknown) => {
      const { name, message, cause } = error as Error & { cause?: Error };
      if (name === 'AbortError') throw error;
      throw new ApiError(
        `The answer of ${this.url} broke off: ${reasonOf(cause) ?? message}`,
        undefined,
      );
    });
    try {
      return JSON.parse(text) as T;
    } catch {
      throw this.foreign();
    }
  }

  private foreign(): CommandError {
    return new CommandError(
      `${this.url} answers, but not as Keywatch's API does. Is KEYWATCH_API_URL right?`,
    );
  }
}

/** An address that refuses on several protocols gives an error without a message of its own. */
function reasonOf(cause: Error | undefined): string | undefined {
  if (cause instanceof AggregateError) return (cause.errors[0] as Error | undefined)?.message;
  return cause?.message;
}

function isHtml(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/html') === true;
}

/** undefined where the body is no JSON object: a proxy's page, for example. */
async function problemIn<T extends Problem>(response: Response): Promise<T | undefined> {
  const value: unknown = await response.json().catch(() => undefined);
  return typeof value === 'object' && value !== null ? (value as T) : undefined;
}
