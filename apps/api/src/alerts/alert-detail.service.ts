import { Injectable } from '@nestjs/common';
import { exceptionFor, runbookOf, shortId } from '@keywatch/alerting';
import { TOPICS } from '@keywatch/events';
import { Clock } from '@keywatch/platform';
import {
  ALERT_ROW,
  alertActionNamed,
  alertsNamed,
  alertStory,
  factsOf,
  MAX_NAMED,
  silencesWithIds,
  type ActionRow,
  type DeliveryRow,
  type SilenceRow,
  type TellingRow,
} from '@keywatch/reports';
import { z } from 'zod';
import type { Completeness } from '../completeness/completeness.js';
import { CompletenessService } from '../completeness/completeness.service.js';
import { ProblemError } from '../http/problem.js';
import { Database } from '../ports/database.js';
import { readRows } from '../ports/read-rows.js';

/** Few rows, found by their alert: an answer that takes longer has something wrong behind it. */
const ANSWER_MS = 30_000;

/** An alert as the list has it, with the query of its evidence. */
export const FOUND_ALERT = ALERT_ROW.extend({
  query: z.string().describe('SQL over the views for people that gives the rows it rests on'),
});
export type FoundAlert = z.output<typeof FOUND_ALERT>;

export interface AlertDetail {
  readonly alert: FoundAlert;
  /** The beginning of its id, as commands take it. */
  readonly shortId: string;
  /** Where it says what to do. */
  readonly runbook: string;
  /** A line for `exceptions:` of the settings that keeps the rule from looking at this key. */
  readonly exception: string;
  readonly tellings: readonly TellingRow[];
  readonly actions: readonly ActionRow[];
  readonly deliveries: readonly DeliveryRow[];
  /** Silences that cover it now. */
  readonly silences: readonly SilenceRow[];
  readonly completeness: Completeness;
}

@Injectable()
export class AlertDetailService {
  constructor(
    private readonly database: Database,
    private readonly completeness: CompletenessService,
    private readonly clock: Clock,
  ) {}

  /**
   * The alert of an id, or of the beginning of one.
   * @throws ProblemError 400, 404, 503
   */
  async find(id: string, asker: AbortSignal): Promise<FoundAlert> {
    if (!/^[0-9a-f]{4,32}$/.test(id)) {
      throw new ProblemError(
        400,
        'An alert is named by its id of 32 digits (0-9, a-f), or by at least 4 from its beginning.',
      );
    }
    const signal = AbortSignal.any([asker, AbortSignal.timeout(ANSWER_MS)]);
    const rows = await readRows<Record<string, unknown>>(this.database, alertsNamed(id), signal);
    const [alert, ...others] = rows.map(
      // Its columns are named after the members of ALERT_ROW; test/api/alert-detail reads them from an engine.
      (row) => ({ ...row, facts: factsOf(row['facts']) }) as unknown as FoundAlert,
    );
    if (alert === undefined) {
      throw new ProblemError(
        404,
        `There is no alert ${id}. Alerts are stored a second or two after they are told; keywatch alerts and GET /api/v1/alerts list them.`,
      );
    }
    if (others.length > 0) {
      const named = [alert, ...others].slice(0, MAX_NAMED).map(({ alertId }) => alertId);
      throw new ProblemError(
        400,
        `Several alerts begin with ${id}: ${named.join(', ')}${others.length < MAX_NAMED ? '' : ', ...'}. Give more of the id.`,
        { alerts: named },
      );
    }
    return alert;
  }

  /** One thing that somebody did, as far as it is stored. @throws ProblemError 503 */
  async action(
    alertId: string,
    eventId: string,
    asker: AbortSignal,
  ): Promise<ActionRow | undefined> {
    const signal = AbortSignal.any([asker, AbortSignal.timeout(ANSWER_MS)]);
    const [row] = await readRows<ActionRow>(
      this.database,
      alertActionNamed(alertId, eventId),
      signal,
    );
    return row;
  }

  /** @throws like find */
  async detail(id: string, asker: AbortSignal): Promise<AlertDetail> {
    // Before the rows: what is said to be complete must be so in what is read after.
    const { completeness } = await this.completeness.ofTopic(TOPICS.alertEvents.name);
    const { alertId } = await this.find(id, asker);
    const signal = AbortSignal.any([asker, AbortSignal.timeout(ANSWER_MS)]);
    const queries = alertStory(alertId);
    const tellings = await readRows<TellingRow>(this.database, queries.tellings, signal);
    const actions = await readRows<ActionRow>(this.database, queries.actions, signal);
    const deliveries = await readRows<DeliveryRow>(this.database, queries.deliveries, signal);
    // After the story: a deed that is shown must show in the status, too.
    const alert = await this.find(alertId, asker);
    const silencedBy = alert.silencedBy.split(',').filter((silence) => silence !== '');
    return {
      alert,
      shortId: shortId(alertId),
      runbook: runbookOf(alert.rule),
      exception: exceptionFor(alert, this.clock.now()),
      tellings,
      actions,
      deliveries,
      silences:
        silencedBy.length === 0
          ? []
          : await readRows<SilenceRow>(this.database, silencesWithIds(silencedBy), signal),
      completeness,
    };
  }
}
