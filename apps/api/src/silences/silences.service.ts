import { createHash, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  encodeSilenceEvent,
  SILENCE,
  SILENCE_END,
  silenceProblems,
  TOPICS,
  type Silence,
  type SilenceEvent,
} from '@keywatch/events';
import { Clock } from '@keywatch/platform';
import { ReportParamsError, silencesNamed, type SilenceRow } from '@keywatch/reports';
import { z } from 'zod';
import { ASKERS_ID } from '../alerts/alert-actions.service.js';
import type { Completeness } from '../completeness/completeness.js';
import { CompletenessService } from '../completeness/completeness.service.js';
import { asked, wrong } from '../http/json-body.js';
import { ApiMetrics } from '../http/metrics.js';
import { ProblemError } from '../http/problem.js';
import { appended } from '../ports/appended.js';
import { Database } from '../ports/database.js';
import { EventLog } from '../ports/event-log.js';
import { readRows } from '../ports/read-rows.js';

const ANSWER_MS = 30_000;

/** What a request for a silence holds. */
export const SILENCE_REQUEST = SILENCE.pick({ matchers: true, endsAt: true, by: true, why: true })
  .extend({ startsAt: SILENCE.shape.startsAt.optional(), id: ASKERS_ID.optional() })
  .describe('`startsAt` missing: now');
/** What a request to end one holds. */
export const END_REQUEST = SILENCE_END.pick({ by: true, why: true });

export const SILENCES_QUERY = z.strictObject({
  all: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false')
    .describe('Also those that are over'),
});

export interface SilenceAnswer {
  readonly silenceId: string;
  /** false: nothing was recorded now, because it was over already or the same was asked for before. */
  readonly recorded: boolean;
  readonly silence: Silence | SilenceRow;
  readonly detail: string;
}

export interface SilencesAnswer {
  readonly silences: readonly SilenceRow[];
  readonly completeness: Completeness;
}

/** For a while nobody is told of some alerts: they are raised and stored all the same. */
@Injectable()
export class SilencesService {
  constructor(
    private readonly database: Database,
    private readonly eventLog: EventLog,
    private readonly completeness: CompletenessService,
    private readonly clock: Clock,
    private readonly metrics: ApiMetrics,
  ) {}

  /** @throws ReportParamsError; ProblemError 503 */
  async list(query: unknown, asker: AbortSignal): Promise<SilencesAnswer> {
    const parsed = SILENCES_QUERY.safeParse(query);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(
        ({ path, message }) => `${path.map(String).join('.')} ${message}`,
      );
      throw new ReportParamsError(problems);
    }
    const { completeness } = await this.completeness.ofTopic(TOPICS.alertEvents.name);
    return { silences: await this.named('', parsed.data.all === 'true', asker), completeness };
  }

  /** @throws ProblemError 400 with every problem, 503 where the log has not acknowledged */
  async create(body: unknown, asker: AbortSignal): Promise<SilenceAnswer> {
    const nowMs = this.clock.now();
    const at = new Date(nowMs).toISOString();
    const { id, startsAt = at, ...given } = asked(SILENCE_REQUEST, body);
    const silence: Silence = { silenceId: silenceIdOf(id), ...given, startsAt, at };
    const problems = [
      ...silenceProblems(silence),
      ...(Date.parse(silence.endsAt) <= nowMs ? ['endsAt: lies in the past'] : []),
    ];
    if (problems.length > 0) throw wrong(problems);
    const { silenceId } = silence;
    const [before] = id === undefined ? [] : await this.named(silenceId, true, asker);
    if (before !== undefined) {
      const again = `This was recorded before, by ${before.by} at ${before.createdAt}.`;
      return { silenceId, recorded: false, silence: before, detail: again };
    }
    await this.append({
      id: `created:${silenceId}`,
      source: 'api',
      kind: 'created',
      data: silence,
    });
    const detail = `Nobody is told of such alerts from ${startsAt} until ${silence.endsAt}.`;
    return { silenceId, recorded: true, silence, detail };
  }

  /** @throws ProblemError 400, 404, 503 */
  async end(id: string, body: unknown, asker: AbortSignal): Promise<SilenceAnswer> {
    const { by, why } = asked(END_REQUEST, body);
    if (!/^[0-9a-f]{4,32}$/.test(id)) {
      throw new ProblemError(
        400,
        'A silence is named by its id of 32 digits (0-9, a-f), or by at least 4 from its beginning.',
      );
    }
    const [silence, ...others] = await this.named(id, true, asker);
    if (silence === undefined) {
      throw new ProblemError(
        404,
        `There is no silence ${id}; keywatch silence list --all and GET /api/v1/silences?all=true list them.`,
      );
    }
    if (others.length > 0) {
      throw new ProblemError(400, `Several silences begin with ${id}; give more of the id.`);
    }
    const { silenceId } = silence;
    if (silence.status === 'over') {
      const detail = `The silence was over at ${silence.endsAt}.`;
      return { silenceId, recorded: false, silence, detail };
    }
    const at = new Date(this.clock.now()).toISOString();
    const data = { silenceId, by, at, why };
    await this.append({ id: `ended:${silenceId}`, source: 'api', kind: 'ended', data });
    return { silenceId, recorded: true, silence, detail: `The silence is ended by ${by}.` };
  }

  private append(event: SilenceEvent): Promise<void> {
    return appended(this.eventLog, 'alertEvents', [encodeSilenceEvent(event)], this.metrics);
  }

  private named(id: string, withPast: boolean, asker: AbortSignal): Promise<SilenceRow[]> {
    const signal = AbortSignal.any([asker, AbortSignal.timeout(ANSWER_MS)]);
    return readRows(this.database, silencesNamed(id, withPast), signal);
  }
}

/** The same for the same id of the asker. */
function silenceIdOf(given: string | undefined): string {
  return createHash('sha256')
    .update(given ?? randomUUID())
    .digest('hex')
    .slice(0, 32);
}
