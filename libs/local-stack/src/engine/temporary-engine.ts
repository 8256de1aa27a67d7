import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine, type EngineHandle } from './start-engine.js';

/**
 * An embedded engine in a temporary folder, which goes with it when it is stopped.
 * @param name part of the folder's name
 * @throws Error with the reason where there is no engine, or it does not start
 */
export async function startTemporaryEngine(name: string): Promise<EngineHandle> {
  const folder = await mkdtemp(join(tmpdir(), `keywatch-${name}-`));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const engine = await startEngine({ dataDir: folder, log: () => undefined });
    return {
      ...engine,
      async stop() {
        await engine.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
