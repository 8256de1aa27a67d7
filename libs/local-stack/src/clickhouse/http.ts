import { ANALYST_LIMITS } from '../engine/index.js';
import { type Login } from './login.js';

const ANSWER_MS = 5_000;

/** Whether ClickHouse's HTTP interface answers under this address. */
export async function answersPing(url: string): Promise<boolean> {
  try {
    const answer = await fetch(new URL('/ping', url), { signal: AbortSignal.timeout(ANSWER_MS) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

/**
 * Makes a user that may read the views for people and change nothing, on a server of ours; one that an older version
 * made is brought to the same.
 * @param views the database of the views
 * @throws Error with the server's words.
 */
export async function createAnalyst(
  url: string,
  owner: Login,
  analyst: Login,
  views: string,
): Promise<void> {
  for (const statement of analystStatements(analyst, views)) {
    const answer = await fetch(url, {
      method: 'POST',
      body: statement,
      headers: {
        authorization: `Basic ${Buffer.from(`${owner.user}:${owner.password}`).toString('base64')}`,
      },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`ClickHouse refused to make the reading user: ${text.trim()}`);
  }
}

/** Names and password are ours (letters, digits, - and _), so they need no escaping; anything else is refused. */
export function analystStatements({ user, password }: Login, views: string): string[] {
  for (const word of [user, password, views]) {
    if (!/^[\w-]+$/.test(word)) throw new Error('a user we make has letters, digits, - and _ only');
  }
  // 0 would lift a limit.
  const limits = [...ANALYST_LIMITS].map(([name, most]) => `${name} = ${most} MIN 1 MAX ${most}`);
  return [
    `CREATE USER OR REPLACE ${user} IDENTIFIED WITH sha256_password BY '${password}' DEFAULT DATABASE ${views} SETTINGS readonly = 2, ${limits.join(', ')}`,
    `GRANT SELECT ON ${views}.* TO ${user}`,
  ];
}
