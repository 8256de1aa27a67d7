import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { Clock } from '@keywatch/platform';
import {
  alertsQuery,
  reportOf,
  REPORTS,
  ReportParamsError,
  type PreparedReport,
  type Report,
  type Row,
} from '@keywatch/reports';
import { CompletenessService } from '../completeness/completeness.service.js';
import type { Completeness } from '../completeness/completeness.js';
import { Busy, Limiter, type Leave } from '../http/limiter.js';
import { ApiLimits } from '../http/limits.js';
import { ApiMetrics } from '../http/metrics.js';
import { comeAgain, ProblemError } from '../http/problem.js';
import { Database } from '../ports/database.js';
import { begun, inChunks, mapped, toldAs } from './chunks.js';
import { CONTENT_TYPES, FORMATS, write, type Format } from './formats.js';

/** An answer under way: `body` fails where the database does. */
export interface StreamedAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

type Query = Readonly<Record<string, unknown>>;

@Injectable()
export class ReportsService {
  private readonly limiter: Limiter;

  constructor(
    private readonly database: Database,
    private readonly completeness: CompletenessService,
    private readonly clock: Clock,
    private readonly metrics: ApiMetrics,
    private readonly limits: ApiLimits,
  ) {
    this.limiter = new Limiter(limits.reports);
  }

  /** @throws ProblemError 404, 429, 503; ReportParamsError */
  report(id: string, query: Query, signal: AbortSignal): Promise<StreamedAnswer> {
    const report = reportOf(id);
    if (report === undefined) {
      const ids = REPORTS.map((known) => known.id).join(', ');
      throw new ProblemError(404, `There is no report of that name; there are ${ids}.`);
    }
    return this.answer(report, query, signal);
  }

  /** Alerts are complete as far as they who find them have looked, and what they told is in. */
  alerts(query: Query, signal: AbortSignal): Promise<StreamedAnswer> {
    return this.answer(alertsQuery, query, signal);
  }

  private async answer(
    report: Report,
    { format: given, ...params }: Query,
    asker: AbortSignal,
  ): Promise<StreamedAnswer> {
    const format = formatOf(given);
    const now = this.clock.now();
    // What is asked wrongly is told before anybody is asked.
    report.prepare(params, now);
    const leave = await this.enter(asker);
    const signal = AbortSignal.any([asker, AbortSignal.timeout(this.limits.answerMs)]);
    try {
      const log = report.asksLog ? await this.completeness.logBounds(report.topics) : undefined;
      const prepared = report.prepare(params, now, log === undefined ? {} : { log });
      // Before the rows: what is said to be complete must be so in what is read after.
      const completeness = report.tellsAlerts
        ? await this.completeness.ofAlerts(report.topics, prepared.range)
        : await this.completeness.ofReport(report.topics, prepared.range);
      const body = Readable.from(
        format === 'parquet'
          ? await this.file(prepared, signal)
          : inChunks(
              write(format, {
                report,
                prepared,
                completeness,
                subjects: await this.subjects(prepared, signal),
                rows: await this.begin(prepared, signal),
                generatedAtMs: now,
              }),
            ),
        { objectMode: false },
      );
      const cut = (): void => {
        body.destroy(tooLong());
      };
      signal.addEventListener('abort', cut, { once: true });
      body.once('close', () => {
        signal.removeEventListener('abort', cut);
        leave();
      });
      return { headers: { ...headersOf(report.id, format, completeness) }, body };
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Read whole: they are few. */
  private async subjects(
    { subjects }: PreparedReport,
    signal: AbortSignal,
  ): Promise<Row[] | undefined> {
    if (subjects === undefined) return undefined;
    const rows: Row[] = [];
    const source = (): AsyncIterable<Row> => this.database.rows(subjects.query, signal);
    for await (const row of toldAs(unavailable, source)) rows.push(row);
    return rows;
  }

  private file(prepared: PreparedReport, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    return begun(toldAs(unavailable, () => this.database.parquet(prepared.fileQuery, signal)));
  }

  private begin(prepared: PreparedReport, signal: AbortSignal): Promise<AsyncIterable<Row>> {
    const rows = toldAs(unavailable, () => this.database.rows(prepared.query, signal));
    return begun(mapped(rows, (row) => prepared.read(row)));
  }

  private async enter(signal: AbortSignal): Promise<Leave> {
    const leave = await this.limiter.enter(signal).catch((error: unknown) => {
      if (!(error instanceof Busy)) throw error;
      throw comeAgain(429, 'Too many reports are under way; ask again in a few seconds.', 5);
    });
    this.metrics.reportsRunning.set(this.limiter.inside);
    return () => {
      leave();
      this.metrics.reportsRunning.set(this.limiter.inside);
    };
  }
}

function formatOf(given: unknown): Format {
  if (given === undefined) return 'json';
  const format = FORMATS.find((known) => known === given);
  if (format === undefined) {
    throw new ReportParamsError([`format must be one of ${FORMATS.join(', ')}`]);
  }
  return format;
}

function unavailable(error: unknown): ProblemError {
  const problem = comeAgain(
    503,
    'The database can not answer now; /health/ready says what is wrong.',
    5,
  );
  problem.cause = error;
  return problem;
}

function tooLong(): ProblemError {
  return comeAgain(
    503,
    'The answer took too long; ask for a shorter time, fewer keys, or distinct=false.',
    60,
  );
}

/** What a table or a list of rows has no place for; a JSON answer has it inside, too. */
function headersOf(id: string, format: Format, completeness: Completeness): Record<string, string> {
  const { state, completeUpTo, lag, missing, reason, total } = completeness;
  const facts = {
    'x-keywatch-completeness': state,
    'x-keywatch-complete-up-to': completeUpTo,
    'x-keywatch-lag-messages': lag.messages,
    'x-keywatch-lag-seconds': lag.seconds,
    'x-keywatch-missing': missing,
    'x-keywatch-dead-letters': total?.deadLetters,
    'x-keywatch-duplicates': total?.duplicates,
    'x-keywatch-conflicts': total?.conflicts,
    // Header values are Latin-1 on one line; a reason may quote a server's answer.
    'x-keywatch-reason': reason?.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 512),
  };
  return {
    'content-type': CONTENT_TYPES[format],
    ...(format === 'csv' || format === 'parquet'
      ? { 'content-disposition': `attachment; filename="${id}.${format}"` }
      : {}),
    // A page of somebody else's texts: nothing in it may run or load, whatever gets past the escaping.
    ...(format === 'html'
      ? { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'" }
      : {}),
    ...Object.fromEntries(
      Object.entries(facts)
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => [name, String(value)]),
    ),
  };
}
