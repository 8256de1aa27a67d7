import { z } from 'zod';

const count = z.int().min(0);
const counts = z.object({
  messages: count,
  events: count,
  duplicates: count.describe('Dropped because the same event was there before'),
  conflicts: count.describe('Duplicates whose body differs from the first'),
  deadLetters: count.describe('Messages that can not be events'),
  dropped: count.describe('Left out on purpose'),
});

const time = z.iso.datetime().nullable();
const detection = z.object({
  state: z
    .enum(['complete', 'behind', 'gaps', 'unknown'])
    .describe('behind: messages wait for longer than it takes to record what was evaluated'),
  completeUpTo: time.describe('Everything that had arrived by then is evaluated'),
  lag: count.nullable().describe('Messages that are not evaluated and recorded yet'),
  waitingSince: time.describe('Arrival of the oldest of them; null: none waits, or unknown'),
  reason: z.string().nullable().describe('Why it is behind or unknown'),
});
const alerts = z
  .object({
    detection,
    sweeps: z.object({
      lastRoundAt: time.describe('When the last round ended; null: none is recorded, or unknown'),
      sweeps: z.array(
        z.object({
          sweep: z.string(),
          asOf: time.describe('Everything it found up to then was told'),
          failure: z.string().nullable().describe('Why it failed in the last round'),
        }),
      ),
      reason: z.string().nullable().describe('Why nothing can be said of sweeps'),
    }),
    deadLetters: count
      .nullable()
      .describe(
        'Messages of the log of key events that are dead letters, which none of them has seen',
      ),
  })
  .describe('Of an answer about alerts: who had to look before an alert could be in it');

const completeness = z.object({
  state: z
    .enum(['complete', 'behind', 'gaps', 'unknown'])
    .describe('unknown: it could not be told, and nothing may be taken for fine'),
  completeUpTo: z.iso.datetime().nullable().describe('Everything that had arrived by then is in'),
  lag: z.object({ messages: count.nullable(), seconds: count.nullable() }),
  missing: count
    .nullable()
    .describe('Messages that are missing for good, or until an operator acts'),
  reason: z.string().nullable().describe('Why the state is not complete'),
  total: counts.nullable().describe('Over everything stored'),
  inRange: counts
    .nullable()
    .describe('Over what arrived, at least in part, within the time that the answer is about'),
  alerts: alerts.optional(),
});

const partitions = z.array(
  z.object({
    partition: count,
    position: count.nullable(),
    end: count,
    lag: count,
    missing: count,
    upToMs: z.int().nullable(),
  }),
);
const withPartitions = completeness.extend({ partitions });

const ANSWERS = {
  Completeness: completeness,
  AllCompleteness: z.object({
    keyEvents: withPartitions,
    alertEvents: withPartitions,
    detection: detection.extend({
      partitions: z.array(z.object({ partition: count, position: count })),
    }),
  }),
  Column: z.object({
    name: z.string(),
    title: z.string(),
    about: z.string(),
    type: z.enum(['string', 'integer', 'number', 'boolean', 'object']),
    nullable: z.boolean(),
    format: z.literal('date-time').optional(),
    unit: z.string().optional(),
    detail: z.literal(true).optional(),
  }),
  PostAnswer: z.object({
    accepted: count,
    rejected: count,
    results: z.array(
      z.object({
        id: z.string().nullable(),
        status: z.enum(['accepted', 'rejected']),
        reason: z.string().nullable(),
        error: z.string().nullable(),
      }),
    ),
  }),
  Problem: z.looseObject({
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What is wrong and what to do'),
    requestId: z.string(),
  }),
} as const;

/** JSON Schemas of the answers, by name. */
export function answerSchemas(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(ANSWERS).map(([name, schema]) => {
      const { $schema: _, ...json } = z.toJSONSchema(schema) as Record<string, unknown>;
      return [name, json];
    }),
  );
}
