import { createHash } from 'node:crypto';

const ID_DIGITS = 32;
const REVISION_DIGITS = 16;

export interface AlertIdentity {
  readonly rule: string;
  readonly lane: string;
  readonly tenantId: string;
  /** The key, or what else the finding is about. */
  readonly subject: string;
  readonly window: string;
}

/** Id of an alert: 32 hex digits of SHA-256 over rule, lane, tenant, subject and window. The same under replay. */
export function alertIdOf({ rule, lane, tenantId, subject, window }: AlertIdentity): string {
  return digest([rule, lane, tenantId, subject, window], ID_DIGITS);
}

/** Groups the alerts of one ongoing trouble: 32 hex digits of SHA-256 over rule, tenant and subject. */
export function fingerprintOf(
  identity: Pick<AlertIdentity, 'rule' | 'tenantId' | 'subject'>,
): string {
  return digest([identity.rule, identity.tenantId, identity.subject], ID_DIGITS);
}

/** Short name of a state of the evidence: 16 hex digits. */
export function revisionOf(parts: readonly string[]): string {
  return digest(parts, REVISION_DIGITS);
}

/** JSON keeps the parts apart: ['a','bc'] and ['ab','c'] differ. */
function digest(parts: readonly string[], digits: number): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, digits);
}
