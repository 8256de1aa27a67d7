import type { RequestMade } from '@keywatch/events';

type Data = RequestMade['data'];

/** The gateway let it through, or, where it doesn't say, the answer was a 2xx. */
export function wasServed({ status = 0, outcome }: Data): boolean {
  return outcome === undefined ? status >= 200 && status < 300 : outcome === 'allowed';
}

/** The gateway refused it, or, where it doesn't say, the answer was 401 or 403. */
export function wasRefused({ status, outcome }: Data): boolean {
  return outcome === undefined
    ? status === 401 || status === 403
    : outcome !== 'allowed' && outcome !== 'rate-limited';
}

/** The secret that came with it was taken for good, whatever the answer. Nobody says: it was. */
export function wasAuthenticated({ status, outcome }: Data): boolean {
  if (outcome === 'invalid-key' || outcome === 'revoked-key') return false;
  return outcome !== undefined || status !== 401;
}
