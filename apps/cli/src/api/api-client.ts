import { resolve } from 'node:path';
import { readRuntime, type Runtime } from '@keywatch/local-stack';
import { CommandError } from '../command-error.js';
import type { CliSettings } from '../settings.js';

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** How complete an answer is, as the API says it. */
export interface Completeness {
  readonly state: 'complete' | 'behind' | 'gaps' | 'unknown';
  readonly completeUpTo: string | null;
  readonly lag: { readonly messages: number | null; readonly seconds: number | null };
  readonly missing: number | null;
  readonly reason: string | null;
  readonly total: Counts | null;
}

export interface Counts {
  readonly events: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly deadLetters: number;
}

export interface PartitionCompleteness {
  readonly partition: number;
  readonly position: number | null;
  readonly end: number;
}

export interface PipelineCompleteness {
  readonly keyEvents: Completeness & { readonly partitions: readonly PartitionCompleteness[] };
  readonly alertEvents: Completeness & { readonly partitions: readonly PartitionCompleteness[] };
  /** Messages that detection has not yet folded and recorded; null: unknown. */
  readonly detection: { readonly lag: number | null; readonly reason: string | null };
}

export interface ReportAnswer {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly completeness: Completeness;
  readonly nextCursor: string | null;
  readonly columns: readonly {
    readonly name: string;
    readonly title: string;
    readonly type: string;
  }[];
}

export interface PostAnswer {
  readonly accepted: number;
  readonly rejected: number;
  readonly results: readonly {
    readonly id: string | null;
    readonly status: string;
    readonly reason: string | null;
    readonly error: string | null;
  }[];
}

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly problems?: readonly string[];
}

/** The API of a running Keywatch. Failures are CommandErrors in words. */
export class ApiClient {
  constructor(
    readonly url: string,
    private readonly token: string | undefined,
  ) {}

  async report(id: string, query: Query): Promise<ReportAnswer> {
    return (
      await this.get(`/api/v1/reports/${encodeURIComponent(id)}`, query)
    ).json() as Promise<ReportAnswer>;
  }

  async alerts(query: Query): Promise<ReportAnswer> {
    return (await this.get('/api/v1/alerts', query)).json() as Promise<ReportAnswer>;
  }

  async completeness(): Promise<PipelineCompleteness> {
    return (await this.get('/api/v1/completeness', {})).json() as Promise<PipelineCompleteness>;
  }

  /** The body as the server writes it: CSV for a file, for example. */
  async get(path: string, query: Query): Promise<Response> {
    const url = new URL(path, this.url);
    for (const [name, value] of Object.entries(query)) {
      for (const one of Array.isArray(value) ? value : [value]) {
        if (one !== undefined) url.searchParams.append(name, one as string);
      }
    }
    return this.answered(await this.send(url, {}));
  }

  /**
   * Posts a batch of CloudEvents. A batch of which nothing is accepted is an answer, not a failure.
   * @param body a JSON array as text
   */
  async postEvents(body: string): Promise<PostAnswer> {
    const response = await this.send(new URL('/api/v1/events', this.url), {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/cloudevents-batch+json' },
    });
    if (response.status === 400) {
      const problem = (await response.json()) as Partial<PostAnswer> & Problem;
      if (problem.results !== undefined) return problem as PostAnswer;
      throw new CommandError(wordsOf(problem, 400));
    }
    return (await this.answered(response)).json() as Promise<PostAnswer>;
  }

  private async send(url: URL, init: RequestInit): Promise<Response> {
    const headers = {
      ...(init.headers as Record<string, string> | undefined),
      ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
    };
    try {
      return await fetch(url, { ...init, headers });
    } catch (error) {
      const { cause } = error as { cause?: Error };
      throw new CommandError(
        `The API at ${this.url} does not answer: ${cause?.message ?? (error as Error).message}`,
      );
    }
  }

  private async answered(response: Response): Promise<Response> {
    if (response.ok) return response;
    const problem = (await response.json().catch(() => ({}))) as Problem;
    throw new CommandError(wordsOf(problem, response.status));
  }
}

function wordsOf(problem: Problem, status: number): string {
  const first = problem.detail ?? problem.title ?? `The API answered ${status}`;
  return [
    first,
    ...(problem.problems ?? [])
      .filter((line) => !first.includes(line))
      .map((line) => `  - ${line}`),
  ].join('\n');
}

/** The stack that runs in the data folder; undefined where none does. */
export function runningStack(
  settings: CliSettings,
  dataDir: string | undefined,
): Promise<Runtime | undefined> {
  return readRuntime(resolve(dataDir ?? settings.KEYWATCH_DATA));
}

/** @throws CommandError that says how to start one, or to name another. */
export async function apiOf(
  settings: CliSettings,
  dataDir: string | undefined,
): Promise<ApiClient> {
  const token = settings.KEYWATCH_API_TOKEN;
  if (settings.KEYWATCH_API_URL !== undefined && dataDir === undefined) {
    return new ApiClient(settings.KEYWATCH_API_URL, token);
  }
  const runtime = await runningStack(settings, dataDir);
  if (runtime === undefined) {
    throw new CommandError(
      `No Keywatch runs in ${resolve(dataDir ?? settings.KEYWATCH_DATA)}. Start one with \`npx keywatch up\`, name its folder with --data, or set KEYWATCH_API_URL.`,
    );
  }
  return new ApiClient(runtime.api, token);
}
