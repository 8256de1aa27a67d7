import {
  DEFAULT_TENANT,
  unknownKeyId,
  type KeyEventData,
  type OutgoingKeyEvent,
} from '@keywatch/events';
import { z } from 'zod';
import { idAt, member, textAt, withoutUndefined } from './members.js';
import { checkNaming, hashName, keyName, keyNaming, sha256 } from './settings/key-name.js';
import { logTime } from './settings/log-time.js';
import { checkedMapping } from './settings/mapping-error.js';
import type { Source, SourceKind, SourceOptions, SourceOutcome } from './source.js';

const LEAK_REPORTED = 'keywatch.key.leak-reported.v1';
const tenant = z.string().min(1).max(128).optional();
const keyId = z.string().min(1).max(256);

/** Which key a leaked secret is of; the first that fits counts. */
const mappingSchema = z.strictObject({
  keys: z
    .array(
      z
        .strictObject({
          sha256: z
            .string()
            .regex(/^[0-9a-f]{64}$/i, { error: 'is the SHA-256 of the secret: 64 hex digits' })
            .optional(),
          alert: z.url({ error: "is the alert's address (html_url)" }).optional(),
          key: keyId,
          tenant,
        })
        .refine((entry) => (entry.sha256 === undefined) !== (entry.alert === undefined), {
          error: 'says either the sha256 of the secret or the address of the alert',
        }),
    )
    .default([]),
  patterns: z
    .array(
      z
        .strictObject({ secretType: z.string().min(1).optional(), tenant, ...keyNaming })
        .refine((entry) => entry.pattern !== undefined, {
          error: 'needs a pattern; its first group is the public name of the key',
        })
        .superRefine(checkNaming),
    )
    .default([]),
  unmatched: z
    .enum(['unknown', 'hash', 'skip'], { error: 'is one of unknown, hash, skip' })
    .default('unknown'),
});
type Mapping = z.output<typeof mappingSchema>;

/** Types of GitHub's whose secret is the public name of a key. */
const PUBLIC_TYPES = new Set(['aws_access_key_id', 'aws_temporary_access_key_id']);

/**
 * GitHub's secret scanning: alerts as the REST API lists them, payloads of its webhooks, and tokens as it sends them
 * to the issuers of keys ({type, token, url}). Each is a leak-reported event of the key that the mapping finds. The
 * secret is looked at here and goes nowhere: neither into an event nor into a message about one.
 */
export const githubSecretScanningKind: SourceKind = {
  name: 'github-secret-scanning',
  mapping: 'possible',
  open(given): Source {
    const mapping = checkedMapping(mappingSchema, given);
    return {
      name: 'github-secret-scanning',
      events: (record, options) => leakOf(record, mapping, options),
    };
  },
};

function leakOf(record: unknown, mapping: Mapping, options: SourceOptions): SourceOutcome {
  const alert = member(record, 'alert') ?? record;
  const url = textAt(alert, 4096, 'html_url') ?? textAt(alert, 4096, 'url');
  const secret = secretOf(alert);
  const id = identityOf(record, alert, url, secret);
  if (id === undefined) {
    return {
      rejected: 'not-an-alert',
      error:
        'neither an alert (number and html_url), nor a webhook with one, nor {type, token, url}',
    };
  }
  if (member(alert, 'resolution') === 'false_positive')
    return { events: [], skipped: 'false-positive' };
  const created = member(alert, 'created_at');
  const time = logTime(created, 'rfc3339');
  if (created !== undefined && time === undefined) {
    return { rejected: 'invalid-time', error: 'created_at is no RFC 3339 time' };
  }
  const key = keyOf(alert, url, secret, mapping);
  if (key === 'skip') return { events: [], skipped: 'no-known-key' };
  if (key === undefined) {
    return {
      rejected: 'no-secret',
      error:
        'the alert does not hold the secret (webhooks never do), and the mapping names no key for its address: export alerts with the API, or add the address under keys',
    };
  }
  return { events: [eventOf(id, key, time, url, secret, options)] };
}

interface LeakedKey {
  readonly name: string;
  readonly tenant?: string | undefined;
}

function eventOf(
  id: string,
  { name, tenant: named }: LeakedKey,
  time: string | undefined,
  url: string | undefined,
  secret: string | undefined,
  { lane, tenantId }: SourceOptions,
): OutgoingKeyEvent {
  const data = withoutUndefined<KeyEventData<typeof LEAK_REPORTED>>({
    reporter: 'github-secret-scanning',
    url,
    exposedAt: time,
    fingerprint: secret === undefined ? undefined : hashName(secret),
  });
  return {
    id,
    source: 'urn:github:secret-scanning',
    type: LEAK_REPORTED,
    subject: name,
    ...(time === undefined ? {} : { time }),
    tenantid: named ?? tenantId ?? DEFAULT_TENANT,
    lane,
    data,
  };
}

/** One alert is one leak, whatever is said of it later: its address names it, in exports and webhooks alike. */
function identityOf(
  record: unknown,
  alert: unknown,
  url: string | undefined,
  secret: string | undefined,
): string | undefined {
  const number = member(alert, 'number');
  if (typeof number === 'number') {
    const repository =
      idAt(record, 200, 'repository', 'full_name') ??
      idAt(alert, 200, 'repository', 'full_name') ??
      /github[^/]*\/(?:api\/v3\/)?(?:repos\/)?([^/]+\/[^/]+)\/(?:security\/)?secret-scanning\//.exec(
        url ?? '',
      )?.[1];
    return repository === undefined ? undefined : `${repository}#${number}`;
  }
  const token = member(alert, 'token');
  if (typeof token !== 'string' || typeof member(alert, 'type') !== 'string') return undefined;
  return secret === undefined ? undefined : sha256(`${sha256(secret)} ${url ?? ''}`).slice(0, 32);
}

function secretOf(alert: unknown): string | undefined {
  const secret = member(alert, 'secret') ?? member(alert, 'token');
  return typeof secret === 'string' && secret !== '' ? secret : undefined;
}

function keyOf(
  alert: unknown,
  url: string | undefined,
  secret: string | undefined,
  { keys, patterns, unmatched }: Mapping,
): LeakedKey | 'skip' | undefined {
  const hash = secret === undefined ? undefined : sha256(secret);
  const named = keys.find((entry) =>
    entry.alert === undefined ? entry.sha256?.toLowerCase() === hash : entry.alert === url,
  );
  if (named !== undefined) return { name: named.key, tenant: named.tenant };
  if (secret === undefined) return undefined;
  const type = member(alert, 'secret_type') ?? member(alert, 'type');
  for (const { secretType, tenant: of, ...naming } of patterns) {
    if (secretType !== undefined && secretType !== type) continue;
    const name = keyName(secret, naming, 'public');
    // A pattern that takes the whole secret would publish it.
    if (name !== undefined) return { name: name === secret ? hashName(secret) : name, tenant: of };
  }
  if (typeof type === 'string' && PUBLIC_TYPES.has(type))
    return { name: keyName(secret, {}, 'public') ?? '' };
  if (unmatched === 'skip') return 'skip';
  return { name: unmatched === 'hash' ? hashName(secret) : unknownKeyId(secret) };
}
