import { Injectable } from '@nestjs/common';
import { TOPICS } from '@keywatch/events';
import { Clock } from '@keywatch/platform';
import {
  keyStateAt,
  keyStateQueries,
  keyStateQuestion,
  tenantsOf,
  type AlertRow,
  type ChangeRow,
  type KeptRow,
  type KeyStateAnswer,
  type UseRow,
} from '@keywatch/reports';
import { CompletenessService } from '../completeness/completeness.service.js';
import type { Completeness } from '../completeness/completeness.js';
import { ProblemError } from '../http/problem.js';
import { Database } from '../ports/database.js';
import { readRows } from '../ports/read-rows.js';

/** One key is found by the index: an answer that takes longer has something wrong behind it. */
const ANSWER_MS = 30_000;

@Injectable()
export class KeyStateService {
  constructor(
    private readonly database: Database,
    private readonly completeness: CompletenessService,
    private readonly clock: Clock,
  ) {}

  /** @throws ReportParamsError; ProblemError 404 where nothing was known, 400 where several tenants have such a key, 503 */
  async state(
    key: string,
    given: Readonly<Record<string, unknown>>,
    asker: AbortSignal,
  ): Promise<KeyStateAnswer & { readonly completeness: Completeness }> {
    const question = keyStateQuestion(key, given, this.clock.now());
    const signal = AbortSignal.any([asker, AbortSignal.timeout(ANSWER_MS)]);
    // Before the rows: what is said to be complete must be so in what is read after.
    const { completeness } = await this.completeness.ofTopic(TOPICS.keyEvents.name);
    const { changes, use, alerts, kept } = keyStateQueries(question);
    const rows = {
      changes: await readRows<ChangeRow>(this.database, changes, signal),
      use: await readRows<UseRow>(this.database, use, signal),
      alerts: await readRows<AlertRow>(this.database, alerts, signal),
      kept: kept === undefined ? [] : await readRows<KeptRow>(this.database, kept, signal),
    };
    const [tenant, ...others] = tenantsOf(rows);
    if (tenant === undefined) {
      const when = new Date(question.atMs).toISOString();
      throw new ProblemError(404, `Nothing was known of a key ${key} at ${when}.`);
    }
    if (others.length > 0) {
      const names = [tenant, ...others].join(', ');
      throw new ProblemError(
        400,
        `Several tenants have a key ${key}: name one with tenant. There are ${names}.`,
      );
    }
    return { ...keyStateAt(question, tenant, rows), completeness };
  }
}
