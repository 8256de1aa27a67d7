import { resolve } from 'node:path';
import { CONSUMER_GROUPS } from '@keywatch/events';
import { startApp } from '../kit/app.js';
import { forgetGroup, untilJoined } from '../kit/topic.js';
import type { Contestant, Course, Running } from './contestant.js';

/** The app as in production, with everything on: validation, deduplication by identity, announced ranges, flood guard. */
export function ingestApp(profileDir: string | undefined): Contestant {
  return {
    id: 'ingest',
    title: 'Keywatch ingest',
    async start({ stack, clickhouse, round, signal }: Course): Promise<Running> {
      const profile = (folder: string): string[] => [
        '--cpu-prof',
        `--cpu-prof-dir=${folder}`,
        `--cpu-prof-name=ingest-${round}.cpuprofile`,
      ];
      const app = await startApp(
        'ingest',
        {
          ...stack.connections,
          KEYWATCH_CLICKHOUSE_DATABASE: clickhouse.database,
          KEYWATCH_LOG_FORMAT: 'text',
        },
        profileDir === undefined ? [] : profile(resolve(profileDir)),
      );
      try {
        const beganAt = await Promise.race([
          untilJoined(stack, CONSUMER_GROUPS.ingest, signal, app.lastLines),
          app.failed,
        ]);
        return {
          beganAt,
          pid: app.pid,
          failed: app.failed,
          why: () => Promise.resolve(app.lastLines()),
          async stop() {
            await app.stop();
            await forgetGroup(stack, CONSUMER_GROUPS.ingest, signal);
          },
        };
      } catch (error) {
        await app.stop();
        throw error;
      }
    },
  };
}
