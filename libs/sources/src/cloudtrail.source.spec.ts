import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { unknownKeyId, type OutgoingKeyEvent } from '@keywatch/events';
import { cloudTrailSource } from './cloudtrail.source.js';
import { readEvents } from './read-events.js';
import { isRejected, type SourceOptions } from './source.js';

const RECORD = {
  eventID: 'e-1',
  eventTime: '2023-07-10T11:54:33Z',
  eventSource: 's3.amazonaws.com',
  eventName: 'GetObject',
  awsRegion: 'us-east-1',
  sourceIPAddress: '192.0.2.7',
  userAgent: 'aws-cli/2.1',
  requestID: 'r-1',
  recipientAccountId: '111111111111',
  userIdentity: {
    type: 'IAMUser',
    arn: 'arn:aws:iam::111111111111:user/ana',
    accountId: '111111111111',
    accessKeyId: 'AKIAEXAMPLE1',
  },
};

function eventsOf(
  record: unknown,
  options: SourceOptions = { lane: 'old-logs' },
): readonly OutgoingKeyEvent[] {
  const outcome = cloudTrailSource.events(record, options);
  if (isRejected(outcome)) throw new Error(outcome.rejected);
  return outcome.events;
}

const keyEventOf = (record: object): OutgoingKeyEvent | undefined =>
  eventsOf({ ...RECORD, ...record }).find(({ id }) => id.endsWith(':key'));

describe('cloudTrailSource', () => {
  it('takes a request with the listed fields only', () => {
    const record = { ...RECORD, requestParameters: { bucketName: 'b' }, additionalEventData: {} };
    expect(eventsOf(record)).toEqual([
      {
        id: 'e-1:req',
        source: 'urn:aws:cloudtrail',
        type: 'keywatch.key.request-made.v1',
        subject: 'AKIAEXAMPLE1',
        time: '2023-07-10T11:54:33Z',
        tenantid: 'default',
        lane: 'old-logs',
        data: {
          requestId: 'r-1',
          environment: '111111111111',
          sourceIp: '192.0.2.7',
          userAgent: 'aws-cli/2.1',
          endpoint: 's3.amazonaws.com:GetObject',
          status: 200,
          region: 'us-east-1',
        },
      },
    ]);
  });

  it('puts the events under the tenant of the import', () => {
    expect(eventsOf(RECORD, { lane: 'a', tenantId: 'acme' })[0]?.tenantid).toBe('acme');
  });

  it.each([
    ['under `record`', { _file: 'f', record: RECORD }],
    ['of EventBridge', { 'detail-type': 'AWS API Call via CloudTrail', detail: RECORD }],
    ['of lookup-events', { EventId: 'e-1', CloudTrailEvent: JSON.stringify(RECORD) }],
    [
      'of a table that writes what is missing as null',
      { ...RECORD, sharedEventID: null, errorCode: null },
    ],
  ])('reads a record %s as the bare one', (_form, record) => {
    expect(eventsOf(record)).toEqual(eventsOf(RECORD));
  });

  it('reads the list that lookup-events answers', async () => {
    const Events = ['a', 'b'].map((eventID) => ({
      CloudTrailEvent: JSON.stringify({ ...RECORD, eventID }),
    }));
    const bytes = Readable.from([Buffer.from(JSON.stringify({ Events }, null, 4))]);
    const ids: unknown[] = [];
    for await (const outcome of readEvents(cloudTrailSource, bytes, { lane: 'a' }))
      ids.push('events' in outcome ? outcome.events[0]?.id : outcome);
    expect(ids).toEqual(['a:req', 'b:req']);
  });

  it.each([
    ['digest', { digestStartTime: '2023-07-10T11:00:00Z', logFiles: [] }],
    ['insight', { eventID: 'e-1', eventType: 'AwsCloudTrailInsight', insightDetails: {} }],
  ])('passes over a %s, which tells of no call', (skipped, record) => {
    expect(cloudTrailSource.events(record, { lane: 'a' })).toEqual({ events: [], skipped });
  });

  it('takes an error code that is no text for an error all the same', () => {
    const record = { ...RECORD, errorCode: 403 };
    expect(eventsOf(record)[0]?.data).toMatchObject({ status: 400 });
    expect(
      keyEventOf({
        ...record,
        eventName: 'DeleteAccessKey',
        requestParameters: { accessKeyId: 'AKIA1' },
      }),
    ).toBeUndefined();
  });

  it.each([
    [undefined, 200],
    ['AccessDenied', 403],
    ['Client.UnauthorizedOperation', 403],
    ['InvalidClientTokenId', 403],
    ['SignatureDoesNotMatch', 403],
    ['ForbiddenException', 403],
    ['ThrottlingException', 429],
    ['RequestLimitExceeded', 429],
    ['Client.VpcLimitExceeded', 429],
    ['TooManyRequestsException', 429],
    ['SlowDown', 429],
    ['ObjectLockConfigurationNotFoundError', 404],
    ['NoSuchBucketPolicy', 404],
    ['InvocationDoesNotExist', 404],
    ['InternalFailure', 500],
    ['ServiceUnavailable', 500],
    ['EntityAlreadyExists', 409],
    ['ConflictException', 409],
    ['VolumeInUse', 409],
    ['BucketNotEmpty', 400],
  ])('reads the error code %s as status %i', (errorCode, status) => {
    expect(eventsOf({ ...RECORD, errorCode })[0]?.data).toMatchObject({ status });
  });

  it('takes the account of the caller where there is no recipient, and none where there is neither', () => {
    const { recipientAccountId, ...record } = RECORD;
    expect(recipientAccountId).toBe(eventsOf(record)[0]?.data.environment);
    const userIdentity = { accessKeyId: 'AKIAEXAMPLE1' };
    expect(eventsOf({ ...record, userIdentity })[0]?.data).not.toHaveProperty('environment');
  });

  it('takes the time of the index where eventTime is missing, and none where both are', () => {
    const { eventTime, ...record } = RECORD;
    expect(eventsOf({ ...record, '@timestamp': eventTime })[0]?.time).toBe(eventTime);
    expect(eventsOf(record)[0]).not.toHaveProperty('time');
  });

  it('keeps addresses that are no addresses as text', () => {
    const sourceIPAddress = 'AWS Internal';
    expect(eventsOf({ ...RECORD, sourceIPAddress })[0]?.data).toMatchObject({
      sourceIp: 'AWS Internal',
    });
  });

  it('makes a long-term key of a created one, owned by the returned user', () => {
    const accessKey = { accessKeyId: 'AKIANEW', userName: 'bob', secretAccessKey: 'never' };
    const record = { eventName: 'CreateAccessKey', responseElements: { accessKey } };
    expect(keyEventOf(record)).toEqual({
      id: 'e-1:key',
      source: 'urn:aws:cloudtrail',
      type: 'keywatch.key.created.v1',
      subject: 'AKIANEW',
      time: '2023-07-10T11:54:33Z',
      tenantid: 'default',
      lane: 'old-logs',
      data: {
        owner: { id: 'bob' },
        environment: '111111111111',
        kind: 'long-term',
        createdBy: 'arn:aws:iam::111111111111:user/ana',
      },
    });
  });

  it.each([
    'AssumeRole',
    'AssumeRoleWithSAML',
    'AssumeRoleWithWebIdentity',
    'AssumeRoot',
    'GetSessionToken',
    'GetFederationToken',
  ])('makes a temporary key of what %s returned', (eventName) => {
    const credentials = {
      accessKeyId: 'ASIANEW',
      sessionToken: 'never',
      expiration: 'Jul 10, 2023, 12:09:47 PM',
    };
    const event = keyEventOf({ eventName, responseElements: { credentials } });
    expect(event).toMatchObject({
      type: 'keywatch.key.created.v1',
      subject: 'ASIANEW',
      data: { kind: 'temporary', expiresAt: '2023-07-10T12:09:47.000Z' },
    });
    expect(JSON.stringify(event)).not.toContain('never');
  });

  it.each([
    ['DeleteAccessKey', undefined, 'keywatch.key.revoked.v1'],
    ['UpdateAccessKey', 'Inactive', 'keywatch.key.disabled.v1'],
    ['UpdateAccessKey', 'Active', 'keywatch.key.enabled.v1'],
  ])('%s %s is %s', (eventName, status, type) => {
    const requestParameters = { accessKeyId: 'AKIAOLD', userName: 'bob', status };
    expect(keyEventOf({ eventName, requestParameters })).toMatchObject({
      type,
      subject: 'AKIAOLD',
      data: { by: 'arn:aws:iam::111111111111:user/ana' },
    });
  });

  it.each(['CreateAccessKey', 'AssumeRole', 'DeleteAccessKey', 'UpdateAccessKey'])(
    'changes no key where %s failed or names none',
    (eventName) => {
      const effects = {
        requestParameters: { accessKeyId: 'AKIAOLD', status: 'Inactive' },
        responseElements: {
          accessKey: { accessKeyId: 'AKIANEW' },
          credentials: { accessKeyId: 'ASIANEW' },
        },
      };
      expect(keyEventOf({ eventName, ...effects, errorCode: 'AccessDenied' })).toBeUndefined();
      expect(keyEventOf({ eventName, requestParameters: null })).toBeUndefined();
      expect(keyEventOf({ eventName, ...effects })).toBeDefined();
    },
  );

  it('gives one fact delivered to two accounts once: both copies are the same event', () => {
    const shared = { ...RECORD, sharedEventID: 's-1' };
    const other = { ...shared, eventID: 'e-2', recipientAccountId: '222222222222' };
    expect(eventsOf(other)).toEqual(eventsOf(shared));
    expect(eventsOf(shared)[0]).toMatchObject({
      id: 's-1:req',
      data: { environment: '111111111111' },
    });
  });

  it('says that a record neither uses nor changes a key', () => {
    const userIdentity = { type: 'AWSService', invokedBy: 'ec2.amazonaws.com', accessKeyId: '' };
    expect(cloudTrailSource.events({ ...RECORD, userIdentity }, { lane: 'a' })).toEqual({
      events: [],
      skipped: 'no-access-key',
    });
  });

  it.each([
    ['not-an-object', 'text'],
    ['not-an-object', null],
    ['not-an-object', [RECORD]],
    ['not-an-object', { CloudTrailEvent: '{' }],
    ['no-event-id', { ...RECORD, eventID: undefined }],
    ['invalid-time', { ...RECORD, eventTime: 'yesterday' }],
    ['no-event-id', { ...RECORD, eventID: 'x'.repeat(200) }],
    ['no-event-name', { ...RECORD, eventName: 7 }],
    ['no-event-name', { ...RECORD, eventSource: undefined }],
  ])('rejects as %s', (rejected, record) => {
    expect(cloudTrailSource.events(record, { lane: 'a' })).toMatchObject({ rejected });
  });

  it('names what can be no access key id by its hash', () => {
    const accessKeyId = 'not an id, perhaps a secret';
    expect(eventsOf({ ...RECORD, userIdentity: { accessKeyId } })[0]?.subject).toBe(
      unknownKeyId(accessKeyId),
    );
  });

  it('redacts a token that a caller put into its user agent', () => {
    const token = `ghp_${'a'.repeat(36)}`;
    expect(eventsOf({ ...RECORD, userAgent: `curl ${token}` })[0]?.data).toMatchObject({
      userAgent: 'curl [redacted]',
    });
  });
});
