import { CONSUMER_GROUPS } from '@keywatch/events';
import type { Admin } from '@keywatch/kafka';
import { CommandError } from '../command-error.js';

/** @throws CommandError while ingest runs: it would overwrite what an operator decides. */
export async function mustBeStopped(admin: Pick<Admin, 'describeGroups'>): Promise<void> {
  const { groups } = await admin.describeGroups([CONSUMER_GROUPS.ingest]);
  const members = groups.flatMap((group) => group.members);
  if (members.length === 0) return;
  throw new CommandError(
    `Ingest runs: its group ${CONSUMER_GROUPS.ingest} has ${members.length === 1 ? 'a member' : `${members.length} members`}. Stop ingest, leave broker and ClickHouse running (on one machine: keywatch up --servers-only), and try again; one that was killed counts until its session times out.`,
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
