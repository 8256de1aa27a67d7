import { z } from 'zod';
import type { PipelineCheck } from './check.js';

const SETTINGS = z.strictObject({
  lagSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(60)
    .describe('Seconds that a message may wait for ingest or detect'),
  awaySeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(60)
    .describe('Seconds that ClickHouse or Kafka may not answer'),
  quiet: z.boolean().default(true).describe('Whether producers that have gone quiet are told'),
  quietMinutes: z
    .int()
    .min(1)
    .max(10_080)
    .default(15)
    .describe('Minutes without a request, at least, before a tenant counts as quiet'),
  quietTimes: z
    .number()
    .min(1)
    .max(100)
    .default(4)
    .describe('... and so many times its longest silence of the 7 days before'),
  quietRequests: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .default(500)
    .describe('Requests in these 7 days below which a tenant has no rhythm to miss'),
});
export type PipelineGapSettings = z.output<typeof SETTINGS>;

/** Where the monitor itself has not looked, and from when to when. */
export const pipelineGap: PipelineCheck<typeof SETTINGS> = {
  id: 'pipeline-gap',
  version: 1,
  kind: 'pipeline',
  title: 'The monitor is blind',
  description:
    'A message waits for ingest or detect longer than it may (one alert per app and topic, with its partitions, and whether ' +
    'they move); offsets that no stored range covers, or that retention removed before they were read; ClickHouse or Kafka ' +
    'gave no answer; a tenant sends nothing any more (medium): live requests, silence longer than 15 minutes and than four ' +
    'times the longest of the 7 days before, and only where these are known in full. Where all fall silent at once it is ' +
    'one alert. Told once when it begins, and once more with its end: the record says from when to when. What can not be ' +
    'told because Kafka is away is told when it is back, with its true times. While ClickHouse is away, that ingest waits ' +
    'for it is not told as well.',
  severity: 'high',
  runbook: {
    means:
      'Something arrived, or should have, that nobody has looked at: an empty list of alerts says nothing about this time. ' +
      'Mostly an app or a server is down or overloaded; a producer that stops may be an outage, or somebody who switched its ' +
      'log off.',
    check: [
      'The kind and the partitions in the facts: which app, since when, and whether its position moves.',
      '`keywatch doctor` and /health/ready of the app named: it says what it waits for. A partition that stands still while the app is fine is held by a flood of dead letters: `keywatch dead-letters list`.',
      'For missing offsets: `keywatch verify` names the ranges. For a quiet tenant: ask its team, look at its gateway.',
    ],
    act: [
      'Start or unblock what is down. Nothing in the log is lost within its retention: what waited is evaluated with its own times, and this alert gets its end.',
      'When it has ended, look at the alerts that were detected in between: they came late.',
      'Where messages are lost for good, record it with `keywatch ranges abandon` and tell those who rely on the time in question.',
    ],
    falseAlarms: [
      'Clocks of brokers and of this machine differ by more than lagSeconds: keep them in step (NTP).',
      'Importing much at once: what waits behind it really waits; raise lagSeconds where that is meant.',
      'A tenant that was switched off: except it with its tenant, a reason and an expiry, or set quiet: false.',
    ],
  },
  settings: SETTINGS,
};
