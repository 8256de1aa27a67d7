import { CONSUMER_GROUPS } from '@keywatch/events';
import type { Admin } from '@keywatch/kafka';
import { CommandError } from '../command-error.js';
import { STORED_TOPICS } from '../direct/log-partitions.js';

/** @throws CommandError while ingest runs: it would overwrite what an operator decides. */
export async function mustBeStopped(admin: Pick<Admin, 'describeGroups'>): Promise<void> {
  const { groups } = await admin.describeGroups([CONSUMER_GROUPS.ingest]);
  const members = groups.flatMap((group) => group.members);
  if (members.length === 0) return;
  throw new CommandError(
    `Ingest runs: its group ${CONSUMER_GROUPS.ingest} has ${members.length === 1 ? 'a member' : `${members.length} members`}. Stop ingest, leave broker and ClickHouse running (on one machine: keywatch up --servers-only), and try again; one that was killed counts until its session times out.`,
  );
}

/**
 * @throws CommandError where ingest was killed amid a range: what it sends again when it starts must meet the tables
 * that know the first try
 */
export async function mustHaveSettled(admin: Pick<Admin, 'fetchOffsets'>): Promise<void> {
  const offsets = await admin.fetchOffsets({
    groupId: CONSUMER_GROUPS.ingest,
    topics: [...STORED_TOPICS],
  });
  const open = offsets.flatMap(({ topic, partitions }) =>
    partitions
      .filter(({ metadata }) => metadata !== null && metadata !== '')
      .map(({ partition }) => `${topic}/${partition}`),
  );
  if (open.length === 0) return;
  throw new CommandError(
    `Ingest was ended amid writing ${open.join(', ')}. Start it once more, which finishes that at once, and stop it with Ctrl-C or SIGTERM.`,
  );
}

/** Sets where ingest goes on, with nothing announced. @throws CommandError when ingest was started meanwhile */
export async function goOnAt(
  admin: Pick<Admin, 'setOffsets'>,
  topic: string,
  offsets: readonly { readonly partition: number; readonly offset: number }[],
): Promise<void> {
  try {
    await admin.setOffsets({
      groupId: CONSUMER_GROUPS.ingest,
      topic,
      partitions: offsets.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
    });
  } catch (error) {
    throw new CommandError(
      `The decision is recorded, but ingest's position can't be set: ${(error as Error).message}. Stop ingest and give the same command again (topics adopt: with --force).`,
    );
  }
}
