import { RangeFault } from './errors.js';

/**
 * What the metadata of a committed offset says about the range that begins there: it was announced, and is written or
 * perhaps not. Empty metadata: nothing is open, all before the offset is written.
 */
export interface Announcement {
  readonly to: bigint;
  readonly n: number;
  readonly crc: number;
  /** What rows depend on besides the log: the version of the code that builds them and its settings. */
  readonly rowVersion: string;
}

export function encodeAnnouncement({ to, n, crc, rowVersion }: Announcement): string {
  return JSON.stringify({ to: String(to), n, crc, rowVersion });
}

/**
 * @returns undefined for empty metadata
 * @throws RangeFault where the metadata is none of ours: guessing would lose or double a range
 */
export function decodeAnnouncement(metadata: string | null): Announcement | undefined {
  if (metadata === null || metadata === '') return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(metadata);
  } catch {
    parsed = undefined;
  }
  const { to, n, crc, rowVersion } = (parsed ?? {}) as Record<string, unknown>;
  if (
    typeof to !== 'string' ||
    !/^[0-9]{1,19}$/.test(to) ||
    !isCount(n) ||
    !isCount(crc) ||
    typeof rowVersion !== 'string'
  ) {
    throw new RangeFault(
      `The group's position carries metadata that no version of Keywatch has written: ${JSON.stringify(metadata.slice(0, 200))}. Does another program commit for this group?`,
    );
  }
  return { to: BigInt(to), n, crc, rowVersion };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
