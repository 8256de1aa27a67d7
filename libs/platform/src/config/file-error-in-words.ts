import { resolve } from 'node:path';

/** Why a file can't be read or written and what to do about it, for a person. @param error of node:fs */
export function fileErrorInWords(
  file: string,
  error: unknown,
  deed: 'read' | 'written' = 'read',
): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return deed === 'read'
        ? `There is no file ${file}${whereLooked(file)}. Is the name right?`
        : `${file} can't be written: its folder does not exist${whereLooked(file)}.`;
    case 'ENOTDIR':
      return `${file} can't be ${deed}: a part of its path is a file, not a folder.`;
    case 'EISDIR':
      return `${file} is a folder; name a file.`;
    case 'EACCES':
    case 'EPERM':
      return `${file} can't be ${deed}: this user has no permission to.`;
    case 'ENOSPC':
      return `${file} can't be ${deed}: the disk is full.`;
    default:
      return `${file} can't be ${deed}: ${message}`;
  }
}

/** A relative path begins at the folder that the command runs in, which is not always the one that people think of. */
const whereLooked = (file: string): string => {
  const whole = resolve(file);
  return whole === file ? '' : ` (looked for ${whole})`;
};
