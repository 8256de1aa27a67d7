import { userInfo } from 'node:os';
import { CommandError } from '../command-error.js';

/** Who does it: the name that was given, else the user of this machine. @throws CommandError where there is neither */
export function actorOf(given: string | undefined, user: () => string = osUser): string {
  if (given !== undefined) return given;
  try {
    return user();
  } catch {
    // No entry for the user, as in some containers.
    throw new CommandError('This machine does not know who you are; say it with --by NAME.');
  }
}

const osUser = (): string => userInfo().username;
