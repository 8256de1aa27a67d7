/**
 * Secrets never travel with key events. Prefixes are the published token formats of their vendors (GitHub, GitLab,
 * Slack, Stripe, Google, npm, OpenAI, PEM); an access key id such as AKIA... is a public name and no secret.
 */
const SECRET_VALUE =
  /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50,}|glpat-[A-Za-z0-9_-]{20}|xox[abprs]-[A-Za-z0-9-]{10,}|[rs]k_live_[A-Za-z0-9]{16,}|AIza[A-Za-z0-9_-]{35}|npm_[A-Za-z0-9]{36}|sk-(?:proj-|ant-)?[A-Za-z0-9_-]{32,})|-----BEGIN [A-Z ]*PRIVATE KEY-----/;

const SECRET_MEMBER =
  /^(?:secret|password|passwd|token|authorization|(?:api|secret|private|access)[-_]?key|(?:session|access|refresh|id|auth|security)[-_]?token|client[-_]?secret|secret[-_]?access[-_]?key|credentials?|cookie|set-cookie|x-amz-security-token)$/i;

/** Whether a text holds a token in one of the published formats. */
export function holdsSecretValue(value: string): boolean {
  return SECRET_VALUE.test(value);
}

/** Path of the first member, at any depth, whose name says that it holds a secret; undefined where there is none. */
export function secretMemberOf(value: unknown, path = ''): string | undefined {
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = secretMemberOf(item, `${path}[]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [member, inner] of Object.entries(value)) {
    const here = path === '' ? member : `${path}.${member}`;
    if (SECRET_MEMBER.test(member) && inner !== null && inner !== '') return here;
    const found = secretMemberOf(inner, here);
    if (found !== undefined) return found;
  }
  return undefined;
}

const QUOTED_MEMBER = /"((?:[^"\\]|\\.)*)"(\s*:\s*)("(?:[^"\\]|\\.)*"?|-?[0-9][0-9.eE+-]*)/g;

/** Characters; a token that begins before a cut ends within these behind it. */
const LONGEST_SECRET = 4096;

/**
 * A payload that may be shown: values of secret members and tokens are replaced, the length is capped (characters).
 * Works on text that isn't JSON, too.
 */
export function redactPayload(payload: string, maxLength = 4096): string {
  // First whole, then cut: half a token is no token to the pattern, and half a secret is still one. What lies far
  // beyond the cut needs no look.
  const redacted = payload
    .slice(0, maxLength + LONGEST_SECRET)
    .replace(QUOTED_MEMBER, (whole, member: string, colon: string) =>
      SECRET_MEMBER.test(member) ? `"${member}"${colon}"[redacted]"` : whole,
    )
    .replace(new RegExp(SECRET_VALUE, 'g'), '[redacted]');
  return redacted.length > maxLength ? `${redacted.slice(0, maxLength)}…` : redacted;
}
