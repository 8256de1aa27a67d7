import {
  DEFAULT_TENANT,
  REQUEST_MADE,
  holdsSecretValue,
  type KeyEventData,
  type KeyEventType,
  type OutgoingKeyEvent,
  unknownKeyId,
} from '@keywatch/events';
import { awsTime } from './aws-time.js';
import { cloudTrailRecord, tellsOfNoCall } from './cloudtrail-record.js';
import { statusOfErrorCode } from './cloudtrail-status.js';
import { idAt, member, textAt, withoutUndefined } from './members.js';
import type { Source, SourceOptions } from './source.js';

/** The producer of every CloudTrail event: the same for all files, regions and deliveries. */
export const CLOUDTRAIL_SOURCE = 'urn:aws:cloudtrail';

/** Calls that answer with temporary credentials. */
const ISSUES_CREDENTIALS = new Set([
  'AssumeRole',
  'AssumeRoleWithSAML',
  'AssumeRoleWithWebIdentity',
  'AssumeRoot',
  'GetSessionToken',
  'GetFederationToken',
]);

/**
 * One CloudTrail record, bare or in what AWS puts around it, as at most two events: the request made with a key, and what the
 * request did to a key (issued, deleted, switched off or on).
 *
 * Identity: eventID with `:req` or `:key`. A record that AWS delivers to several accounts has another eventID in each
 * and one sharedEventID: that one counts, so that the fact is counted once, whatever file or run brings which copy.
 */
export const cloudTrailSource: Source = {
  name: 'cloudtrail',
  lists: ['Records', 'Events'],
  events(input, options) {
    const record = cloudTrailRecord(input);
    if (record === undefined) {
      return { rejected: 'not-an-object', error: 'a CloudTrail record is a JSON object' };
    }
    const noCall = tellsOfNoCall(record);
    if (noCall !== undefined) return { events: [], skipped: noCall };
    const id = sharedIdOf(record) ?? idAt(record, 128, 'eventID');
    if (id === undefined) {
      return {
        rejected: 'no-event-id',
        error: 'the record has no eventID: it is not a CloudTrail record',
      };
    }
    const eventName = textAt(record, 256, 'eventName');
    const eventSource = textAt(record, 256, 'eventSource');
    if (eventName === undefined || eventSource === undefined) {
      return { rejected: 'no-event-name', error: 'eventName and eventSource must be text' };
    }
    if (timeOf(record) === undefined && hasTime(record)) {
      return {
        rejected: 'invalid-time',
        error: 'eventTime is no time, as 2023-07-10T11:54:33Z is',
      };
    }
    const events: OutgoingKeyEvent[] = [];
    const keyId = keyIdAt(record, 'userIdentity', 'accessKeyId');
    if (keyId !== undefined) {
      const data = requestData(record, `${eventSource}:${eventName}`);
      events.push(outgoing(record, options, `${id}:req`, REQUEST_MADE, keyId, data));
    }
    const change = keyChange(record, eventName);
    if (change !== undefined) {
      events.push(outgoing(record, options, `${id}:key`, change.type, change.keyId, change.data));
    }
    return events.length > 0 ? { events } : { events, skipped: 'no-access-key' };
  },
};

function outgoing(
  record: object,
  { lane, tenantId }: SourceOptions,
  id: string,
  type: KeyEventType,
  subject: string,
  data: KeyEventData<KeyEventType>,
): OutgoingKeyEvent {
  const time = timeOf(record);
  return {
    id,
    source: CLOUDTRAIL_SOURCE,
    type,
    subject,
    ...(time === undefined ? {} : { time }),
    tenantid: tenantId ?? DEFAULT_TENANT,
    lane,
    data,
  };
}

/** Members that hold the time: some exports have it only in their index's own. */
const TIMES = ['eventTime', '@timestamp'];

function timeOf(record: object): string | undefined {
  return TIMES.map((name) => awsTime(member(record, name))).find((time) => time !== undefined);
}

function hasTime(record: object): boolean {
  return TIMES.some((name) => !isMissing(member(record, name)));
}

/** Tables write members that a record does not have as null or as nothing. */
function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** What names a record in all the accounts to which it was delivered; undefined where it was delivered to one. */
function sharedIdOf(record: object): string | undefined {
  return idAt(record, 128, 'sharedEventID');
}

/** What AWS calls the error; undefined for a call that succeeded. */
function errorCodeOf(record: object): string | undefined {
  const code = member(record, 'errorCode');
  if (isMissing(code)) return undefined;
  return textAt(record, 256, 'errorCode') ?? 'an error code that is no text';
}

function requestData(record: object, endpoint: string): KeyEventData<typeof REQUEST_MADE> {
  return withoutUndefined<KeyEventData<typeof REQUEST_MADE>>({
    requestId: textAt(record, 256, 'requestID'),
    environment: environmentOf(record),
    sourceIp: textAt(record, 256, 'sourceIPAddress'),
    userAgent: textAt(record, 4096, 'userAgent'),
    endpoint,
    status: statusOfErrorCode(errorCodeOf(record)),
    region: textAt(record, 128, 'awsRegion'),
  });
}

/**
 * The account where the request happened. Each copy of a record shared between accounts names its own recipient; the
 * caller's account is the same in all, so that the copies are one event and no use in several environments.
 */
function environmentOf(record: object): string | undefined {
  const recipient = textAt(record, 256, 'recipientAccountId');
  const caller = textAt(record, 256, 'userIdentity', 'accountId');
  return sharedIdOf(record) === undefined ? (recipient ?? caller) : (caller ?? recipient);
}

interface KeyChange {
  readonly type: KeyEventType;
  readonly keyId: string;
  readonly data: KeyEventData<KeyEventType>;
}

/** What a call that succeeded did to a key. */
function keyChange(record: object, eventName: string): KeyChange | undefined {
  if (errorCodeOf(record) !== undefined) return undefined;
  if (eventName === 'CreateAccessKey') return longTermKey(record);
  if (ISSUES_CREDENTIALS.has(eventName)) return temporaryKey(record);
  const keyId = keyIdAt(record, 'requestParameters', 'accessKeyId');
  if (keyId === undefined) return undefined;
  const data = withoutUndefined<KeyEventData<'keywatch.key.revoked.v1'>>({ by: actorOf(record) });
  if (eventName === 'DeleteAccessKey') return { type: 'keywatch.key.revoked.v1', keyId, data };
  if (eventName !== 'UpdateAccessKey') return undefined;
  const status = member(record, 'requestParameters', 'status');
  if (status === 'Inactive') return { type: 'keywatch.key.disabled.v1', keyId, data };
  return status === 'Active' ? { type: 'keywatch.key.enabled.v1', keyId, data } : undefined;
}

type Created = KeyEventData<'keywatch.key.created.v1'>;

function longTermKey(record: object): KeyChange | undefined {
  const answer = member(record, 'responseElements', 'accessKey');
  const keyId = keyIdAt(answer, 'accessKeyId');
  if (keyId === undefined) return undefined;
  const owner = textAt(answer, 512, 'userName');
  const data = withoutUndefined<Created>({
    owner: owner === undefined ? undefined : { id: owner },
    environment: homeOf(record),
    kind: 'long-term',
    createdBy: actorOf(record),
  });
  return { type: 'keywatch.key.created.v1', keyId, data };
}

function temporaryKey(record: object): KeyChange | undefined {
  const credentials = member(record, 'responseElements', 'credentials');
  const keyId = keyIdAt(credentials, 'accessKeyId');
  if (keyId === undefined) return undefined;
  const data = withoutUndefined<Created>({
    environment: homeOf(record),
    kind: 'temporary',
    expiresAt: awsTime(member(credentials, 'expiration')),
    createdBy: actorOf(record),
  });
  return { type: 'keywatch.key.created.v1', keyId, data };
}

/** The account a new key belongs to; unknown where a record is shared, as caller and key may be of two accounts. */
function homeOf(record: object): string | undefined {
  return sharedIdOf(record) === undefined ? environmentOf(record) : undefined;
}

/** AWS documents at most 128 characters; what can't be an access key id is named by its hash, as it may be a secret. */
function keyIdAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = member(value, ...path);
  if (typeof found !== 'string' || found === '') return undefined;
  return /^\w{1,128}$/.test(found) && !holdsSecretValue(found) ? found : unknownKeyId(found);
}

function actorOf(record: object): string | undefined {
  return (
    textAt(record, 512, 'userIdentity', 'arn') ?? textAt(record, 512, 'userIdentity', 'invokedBy')
  );
}
