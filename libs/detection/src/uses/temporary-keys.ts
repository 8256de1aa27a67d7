import type { KeyState } from '@keywatch/keys';

/** The key was made for hours: its creation says so, or its id begins like one. */
export function isTemporary(
  keyId: string,
  key: KeyState | undefined,
  prefixes: readonly string[],
): boolean {
  return (
    key?.description?.value.kind === 'temporary' ||
    prefixes.some((prefix) => keyId.startsWith(prefix))
  );
}
