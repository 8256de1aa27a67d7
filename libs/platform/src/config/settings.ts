import { z } from 'zod';

/** One setting: read from the environment variable of its name, or from the file that NAME_FILE points to. */
export interface Setting<S extends z.ZodType = z.ZodType> {
  readonly schema: S;
  readonly about: string;
  readonly example: string;
  /** Parts of the system that read it. */
  readonly readBy: readonly string[];
  /** Never printed. */
  readonly secret?: true;
}

const setting = <S extends z.ZodType>(value: Setting<S>): Setting<S> => value;

const ALL = ['every app'];
const list = z.string().transform((text, context) => {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length === 0) context.addIssue('must name at least one');
  return items;
});
const whole = (min: number, max: number): z.ZodType<number> =>
  z.coerce.number().int().min(min).max(max);
const port = whole(0, 65_535);
const flag = z.stringbool({
  truthy: ['1', 'true', 'yes', 'on'],
  falsy: ['0', 'false', 'no', 'off'],
});

/**
 * Every setting of Keywatch. The page docs/settings.md is generated from this list. A setting without a default is
 * optional; what is needed when it is missing stands in its text.
 */
export const SETTINGS = {
  KEYWATCH_DATA: setting({
    schema: z.string().default('.keywatch'),
    about:
      'Folder for everything that is kept on a laptop: broker, engine, credentials, addresses of the running stack.',
    example: '/var/lib/keywatch',
    readBy: ['cli', 'detect', 'sweep'],
  }),
  KEYWATCH_CACHE: setting({
    schema: z.string().optional(),
    about: "Folder for the broker's jars; default: the user's cache folder.",
    example: '/var/cache/keywatch',
    readBy: ['cli'],
  }),
  KEYWATCH_DOCKER: setting({
    schema: z.enum(['auto', 'never', 'always']).default('auto'),
    about: 'Whether `keywatch up` may start Kafka and ClickHouse as containers.',
    example: 'never',
    readBy: ['cli'],
  }),
  KEYWATCH_KAFKA_BROKERS: setting({
    schema: list.optional(),
    about: 'Addresses of the Kafka brokers. Missing: `keywatch up` starts a broker.',
    example: 'kafka-1:9092,kafka-2:9092',
    readBy: ALL,
  }),
  KEYWATCH_KAFKA_SSL: setting({
    schema: flag.default(false),
    about: 'Whether to speak TLS to the brokers.',
    example: 'true',
    readBy: ALL,
  }),
  KEYWATCH_KAFKA_SASL_MECHANISM: setting({
    schema: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
    about: 'SASL mechanism; missing: none.',
    example: 'scram-sha-512',
    readBy: ALL,
  }),
  KEYWATCH_KAFKA_SASL_USERNAME: setting({
    schema: z.string().default(''),
    about: 'User for SASL.',
    example: 'keywatch',
    readBy: ALL,
  }),
  KEYWATCH_KAFKA_SASL_PASSWORD: setting({
    schema: z.string().default(''),
    about: 'Password for SASL.',
    example: '(secret)',
    readBy: ALL,
    secret: true,
  }),
  KEYWATCH_KAFKA_REPLICATION: setting({
    schema: whole(1, 32).default(1),
    about: 'Replicas of topics that are created.',
    example: '3',
    readBy: ALL,
  }),
  KEYWATCH_CLICKHOUSE_URL: setting({
    schema: z.url().optional(),
    about: 'HTTP address of ClickHouse. Missing: `keywatch up` starts one.',
    example: 'http://clickhouse:8123',
    readBy: ['ingest', 'sweep', 'api', 'cli'],
  }),
  KEYWATCH_CLICKHOUSE_USER: setting({
    schema: z.string().default('default'),
    about: 'User for ClickHouse.',
    example: 'keywatch',
    readBy: ['ingest', 'sweep', 'api', 'cli'],
  }),
  KEYWATCH_CLICKHOUSE_PASSWORD: setting({
    schema: z.string().default(''),
    about: 'Password for ClickHouse.',
    example: '(secret)',
    readBy: ['ingest', 'sweep', 'api', 'cli'],
    secret: true,
  }),
  KEYWATCH_CLICKHOUSE_DATABASE: setting({
    schema: z
      .string()
      .regex(/^[a-z_][a-z0-9_]*$/)
      .default('keywatch'),
    about: 'Database that holds the tables.',
    example: 'keywatch',
    readBy: ['ingest', 'sweep', 'api', 'cli'],
  }),
  KEYWATCH_CLICKHOUSE_TARGET: setting({
    schema: z.enum(['auto', 'embedded', 'replicated']).default('auto'),
    about:
      'Kind of tables: plain ones of the embedded engine or one server, or replicated ones (auto: replicated where the server has Keeper).',
    example: 'replicated',
    readBy: ['ingest', 'cli'],
  }),
  KEYWATCH_LOG_LEVEL: setting({
    schema: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    about: 'Least severe line that is logged.',
    example: 'debug',
    readBy: ALL,
  }),
  KEYWATCH_LOG_FORMAT: setting({
    schema: z.enum(['json', 'text']).default('json'),
    about: 'json for machines, text for a terminal.',
    example: 'text',
    readBy: ALL,
  }),
  KEYWATCH_HTTP_HOST: setting({
    schema: z.string().default('127.0.0.1'),
    about:
      'Address on which apps serve health and metrics, and api its API. Anything but loopback needs KEYWATCH_API_TOKEN.',
    example: '0.0.0.0',
    readBy: ALL,
  }),
  KEYWATCH_INGEST_PORT: setting({
    schema: port.default(4101),
    about: 'Health and metrics of ingest (0: any free port).',
    example: '4101',
    readBy: ['ingest'],
  }),
  KEYWATCH_DETECT_PORT: setting({
    schema: port.default(4102),
    about: 'Health and metrics of detect (0: any free port).',
    example: '4102',
    readBy: ['detect'],
  }),
  KEYWATCH_SWEEP_PORT: setting({
    schema: port.default(4103),
    about: 'Health and metrics of sweep (0: any free port).',
    example: '4103',
    readBy: ['sweep'],
  }),
  KEYWATCH_NOTIFY_PORT: setting({
    schema: port.default(4104),
    about: 'Health and metrics of notify (0: any free port).',
    example: '4104',
    readBy: ['notify'],
  }),
  KEYWATCH_API_PORT: setting({
    schema: port.default(4100),
    about: 'Port of the API (0: any free port).',
    example: '4100',
    readBy: ['api'],
  }),
  KEYWATCH_API_TOKEN: setting({
    schema: z.string().min(16, 'must have at least 16 characters').optional(),
    about: 'Bearer token that the API asks for. Needed where it listens on anything but loopback.',
    example: '(secret)',
    readBy: ['api', 'cli'],
    secret: true,
  }),
  KEYWATCH_API_URL: setting({
    schema: z.url().optional(),
    about:
      'Address of the API for the command line; missing: the stack that runs in the data folder.',
    example: 'https://keywatch.example.com',
    readBy: ['cli'],
  }),
  KEYWATCH_INGEST_IDENTITY_MB: setting({
    schema: whole(1, 65_536).default(128),
    about:
      'Memory in MB for recognising duplicates; divided by the partitions it gives the horizon in messages.',
    example: '512',
    readBy: ['ingest'],
  }),
  KEYWATCH_INGEST_HORIZON_DAYS: setting({
    schema: whole(1, 30).default(7),
    about: 'Days of arrival time over which duplicates are recognised.',
    example: '7',
    readBy: ['ingest'],
  }),
  KEYWATCH_INGEST_FLOOD: setting({
    schema: z.enum(['on', 'off']).default('on'),
    about:
      'Whether a flood of dead letters stops a partition (a bad deploy is better stopped than diverted).',
    example: 'off',
    readBy: ['ingest'],
  }),
  KEYWATCH_INGEST_FLOOD_PERCENT: setting({
    schema: whole(1, 100).default(50),
    about:
      'Share of dead letters among the last 1,000 messages of a partition (200 of them at least) above which it is a flood.',
    example: '80',
    readBy: ['ingest'],
  }),
  KEYWATCH_INGEST_FLOOD_RUN: setting({
    schema: whole(10, 1_000_000).default(500),
    about: 'Dead letters in a row that are a flood.',
    example: '2000',
    readBy: ['ingest'],
  }),
  KEYWATCH_INGEST_INFLIGHT_MB: setting({
    schema: whole(16, 65_536).default(96),
    about:
      'Message bytes in MB that are held at once; partitions beyond it are paused. The process needs several times as much.',
    example: '256',
    readBy: ['ingest'],
  }),
  KEYWATCH_INGEST_SESSION_MS: setting({
    schema: whole(1_000, 300_000).default(30_000),
    about:
      "Milliseconds without a heartbeat after which a killed ingest's partitions go to another; brokers allow 6 s and more unless they are told otherwise.",
    example: '10000',
    readBy: ['ingest'],
  }),
  KEYWATCH_DETECT_LATENESS_MINUTES: setting({
    schema: whole(0, 1440).default(15),
    about: "Minutes behind a key's clock up to which an event still counts in windows.",
    example: '15',
    readBy: ['cli', 'detect', 'sweep'],
  }),
  KEYWATCH_DETECT_CHECKPOINT_MS: setting({
    schema: whole(100, 600_000).default(3000),
    about: 'Milliseconds between checkpoints of the detection state.',
    example: '3000',
    readBy: ['detect'],
  }),
  KEYWATCH_RULES_FILE: setting({
    schema: z.string().optional(),
    about:
      'YAML file with settings, tenants and exceptions of rules and sweeps (docs/detections.md). Missing: keywatch.yaml in the data folder or the working directory, if it is there. A change holds for events that arrive after it.',
    example: '/etc/keywatch/keywatch.yaml',
    readBy: ['detect', 'sweep', 'cli'],
  }),
  KEYWATCH_RULES_POLL_MS: setting({
    schema: whole(50, 600_000).default(2000),
    about:
      'Milliseconds between two looks at the settings file of detection; a change counts when two looks see the same.',
    example: '5000',
    readBy: ['detect', 'sweep'],
  }),
  KEYWATCH_DETECT_UNKNOWN_KEYS: setting({
    schema: whole(1, 10_000_000).default(100_000),
    about:
      'Keys first seen by a request, not by their creation, that are taken up per partition and day; a bound against invented key ids.',
    example: '1000000',
    readBy: ['detect'],
  }),
  KEYWATCH_DETECT_HOT_KEYS: setting({
    schema: whole(1, 10_000_000).default(20_000),
    about:
      'Keys per partition whose state is kept ready as objects (about 1 kB each); that of the others is kept as text.',
    example: '100000',
    readBy: ['detect'],
  }),
  KEYWATCH_DETECT_SESSION_MS: setting({
    schema: whole(1_000, 300_000).default(10_000),
    about:
      "Milliseconds without a heartbeat after which a killed detect's partitions go to another; brokers allow 6 s and more unless they are told otherwise.",
    example: '30000',
    readBy: ['detect'],
  }),
  KEYWATCH_SWEEP_SECONDS: setting({
    schema: whole(1, 86_400).default(60),
    about: 'Seconds between sweeps.',
    example: '300',
    readBy: ['sweep'],
  }),
  KEYWATCH_PIPELINE_LOOK_MS: setting({
    schema: whole(100, 60_000).default(5_000),
    about:
      'Milliseconds between two looks at how ingest and detect stand; gaps in what is stored and quiet producers are looked for at each twelfth.',
    example: '10000',
    readBy: ['sweep'],
  }),
  KEYWATCH_NOTIFY_WEBHOOK_URL: setting({
    schema: z.url().optional(),
    about: 'Address that alerts are posted to (Standard Webhooks). Missing: no webhook.',
    example: 'https://hooks.example.com/keywatch',
    readBy: ['notify'],
  }),
  KEYWATCH_NOTIFY_WEBHOOK_SECRET: setting({
    schema: z.string().optional(),
    about: 'Signing secret of the webhook, `whsec_` and base64.',
    example: '(secret)',
    readBy: ['notify'],
    secret: true,
  }),
  KEYWATCH_NOTIFY_ALLOW_PRIVATE: setting({
    schema: flag.default(false),
    about: 'Whether webhooks may go to loopback and private networks.',
    example: 'true',
    readBy: ['notify'],
  }),
  KEYWATCH_NOTIFY_SMTP_URL: setting({
    schema: z
      .string()
      .regex(/^smtps?:\/\//, 'must start with smtp:// or smtps://')
      .optional(),
    about: 'Mail server for notices to owners. Missing: no mail.',
    example: 'smtps://user:password@mail.example.com',
    readBy: ['notify'],
    secret: true,
  }),
  KEYWATCH_NOTIFY_MAIL_FROM: setting({
    schema: z.string().default('Keywatch <keywatch@localhost>'),
    about: 'Sender of mails.',
    example: 'Keywatch <keywatch@example.com>',
    readBy: ['notify'],
  }),
  KEYWATCH_NOTIFY_MAX_AGE_HOURS: setting({
    schema: whole(1, 8760).default(72),
    about: 'Alerts detected longer ago than this page nobody.',
    example: '72',
    readBy: ['notify'],
  }),
  KEYWATCH_NOTIFY_SESSION_MS: setting({
    schema: whole(1_000, 300_000).default(30_000),
    about:
      'Milliseconds without a heartbeat after which what a killed notify was telling goes to another, or to itself when it is back; brokers allow 6 s and more unless they are told otherwise.',
    example: '10000',
    readBy: ['notify'],
  }),
  KEYWATCH_RUNBOOK_URL: setting({
    schema: z
      .string()
      .regex(/^https?:\/\/[^\s/]/, 'must start with http:// or https://')
      .optional(),
    about:
      'Folder in which whoever is told of an alert finds the runbook RULE.md, or an address with `{rule}` in it. Missing: the path in the project.',
    example: 'https://wiki.example.com/keywatch/runbooks/',
    readBy: ['notify'],
  }),
  KEYWATCH_LEASH: setting({
    schema: flag.default(false),
    about:
      'Set by the supervisor: the process ends when its standard input ends, so that nothing outlives it.',
    example: '1',
    readBy: ALL,
  }),
  KEYWATCH_TEST_KILL_AT: setting({
    schema: z
      .string()
      .regex(/^[a-z-]+:[1-9][0-9]*$/, 'must be STEP:N')
      .optional(),
    about:
      'For failure tests only, with NODE_ENV=test: the process kills itself at the Nth passage of a step.',
    example: 'announced:3',
    readBy: ['ingest', 'detect'],
  }),
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export type SettingValue<N extends SettingName> = z.output<(typeof SETTINGS)[N]['schema']>;
export type Settings<N extends SettingName = SettingName> = { readonly [K in N]: SettingValue<K> };
