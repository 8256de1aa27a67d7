import getPort from 'get-port';
import { createServer } from 'node:net';
import { isRecord, readJson, writeAtomically } from './files.js';

const LOOPBACK = '127.0.0.1';

/** Whether something could listen on this port of 127.0.0.1 now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(false);
    });
    probe.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}

/**
 * Ports on 127.0.0.1 by name, kept in `file`, so that the next start of the same folder has the same addresses as long
 * as nobody else took them.
 */
export async function keptPorts<Name extends string>(
  file: string,
  names: readonly Name[],
): Promise<Record<Name, number>> {
  const kept = await readJson(file);
  const ports = {} as Record<Name, number>;
  for (const name of names) {
    const before = isRecord(kept) ? kept[name] : undefined;
    ports[name] =
      typeof before === 'number' && (await isPortFree(before))
        ? before
        : await getPort({ host: LOOPBACK });
  }
  if (names.some((name) => !isRecord(kept) || kept[name] !== ports[name])) {
    await writeAtomically(file, JSON.stringify(ports));
  }
  return ports;
}
