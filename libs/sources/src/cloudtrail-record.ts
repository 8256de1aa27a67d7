import { member } from './members.js';
import { NOT_JSON, parse } from './parse.js';

/** Objects that AWS and others put around a record: samples and EventBridge. */
const AROUND = ['record', 'detail'];

/**
 * The CloudTrail record in what a line or a list holds: bare, within another object, or as text, as
 * `aws cloudtrail lookup-events` answers. Undefined where it is no object.
 */
export function cloudTrailRecord(input: unknown): object | undefined {
  const text = member(input, 'CloudTrailEvent');
  if (typeof text === 'string') {
    const record = parse(text);
    return record === NOT_JSON ? undefined : objectIn(record);
  }
  for (const name of AROUND) {
    const inner = objectIn(member(input, name));
    if (inner !== undefined) return inner;
  }
  return objectIn(input);
}

/**
 * Why a record of CloudTrail's own tells of no call: in the same bucket as the logs lie digests, which prove that no
 * file was changed, and insights, which sum up many calls. Undefined for any other record.
 */
export function tellsOfNoCall(record: object): 'digest' | 'insight' | undefined {
  if (member(record, 'eventType') === 'AwsCloudTrailInsight') return 'insight';
  const isDigest = typeof member(record, 'digestStartTime') === 'string';
  return isDigest && Array.isArray(member(record, 'logFiles')) ? 'digest' : undefined;
}

function objectIn(value: unknown): object | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}
