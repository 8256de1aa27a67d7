import { randomBytes, timingSafeEqual, createHash } from 'node:crypto';
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export type Role = 'owner' | 'analyst';

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** The two users of the engine: one for the apps, one that may only read. */
export interface Credentials extends Login {
  readonly analyst: Login;
}

const OWNER = 'keywatch';
const ANALYST = 'analyst';

export const credentialsFile = (dataDir: string): string => join(dataDir, 'credentials.json');

/**
 * The passwords of a data folder, made at first use (192 random bits each) and kept in a file that only its owner can
 * read.
 * @throws Error that names the file when it is damaged.
 */
export async function loadCredentials(dataDir: string): Promise<Credentials> {
  const file = credentialsFile(dataDir);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return createCredentials(file);
  }
  await chmod(file, 0o600);
  return parseCredentials(text, file);
}

async function createCredentials(file: string): Promise<Credentials> {
  const password = (): string => randomBytes(24).toString('base64url');
  const made: Credentials = {
    user: OWNER,
    password: password(),
    analyst: { user: ANALYST, password: password() },
  };
  await writeFile(`${file}.new`, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return made;
}

function parseCredentials(text: string, file: string): Credentials {
  try {
    const found = JSON.parse(text) as Partial<Credentials>;
    const { analyst } = found;
    if (isLogin(found) && isLogin(analyst))
      return { user: found.user, password: found.password, analyst };
  } catch {
    // Said below, with the file's name.
  }
  throw new Error(`${file} is damaged: remove it, and new passwords are made at the next start`);
}

function isLogin(login: Partial<Login> | undefined): login is Login {
  return (
    typeof login?.user === 'string' && typeof login.password === 'string' && login.password !== ''
  );
}

/** Who this is, or undefined; takes the same time whether the user or the password is wrong. */
export function roleOf(login: Login, known: Credentials): Role | undefined {
  const owner = sameLogin(login, known);
  const analyst = sameLogin(login, known.analyst);
  if (owner) return 'owner';
  return analyst ? 'analyst' : undefined;
}

function sameLogin(one: Login, other: Login): boolean {
  const digest = ({ user, password }: Login): Buffer =>
    createHash('sha256')
      .update(JSON.stringify([user, password]))
      .digest();
  return timingSafeEqual(digest(one), digest(other));
}
