/** Name of a key's record: `lane/tenant/key`. Slashes inside the parts are escaped, so no two keys share a name. */
export function recordKeyOf(lane: string, tenantId: string, keyId: string): string {
  return `${escape(lane)}/${escape(tenantId)}/${escape(keyId)}`;
}

function escape(part: string): string {
  if (!part.includes('/') && !part.includes('%')) return part;
  return part.replaceAll('%', '%25').replaceAll('/', '%2F');
}
