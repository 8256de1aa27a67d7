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
 * Makes a user that may read everything and change nothing, on a server of ours.
 * @throws Error with the server's words.
 */
export async function createAnalyst(url: string, owner: Login, analyst: Login): Promise<void> {
  for (const statement of analystStatements(analyst)) {
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

/** Name and password are ours (letters, digits, - and _), so they need no escaping; anything else is refused. */
export function analystStatements({ user, password }: Login): string[] {
  for (const word of [user, password]) {
    if (!/^[\w-]+$/.test(word)) throw new Error('a user we make has letters, digits, - and _ only');
  }
  return [
    `CREATE USER IF NOT EXISTS ${user} IDENTIFIED WITH sha256_password BY '${password}' SETTINGS readonly = 1`,
    `GRANT SELECT ON *.* TO ${user}`,
  ];
}
