import type { GenericContainer as Generic } from 'testcontainers';
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { type Exit } from '../service.js';
import { type Container, type ContainerSpec, type DockerDaemon } from './docker.js';

const LOCAL_HOSTS = ['localhost', '127.0.0.1', '::1'];
const STOP_SECONDS = 15;

/**
 * The daemon that testcontainers finds (DOCKER_HOST, the usual sockets, rootless). Its reaper container removes what we
 * started when this process ends without saying so.
 */
export async function connectDocker(): Promise<DockerDaemon> {
  // Loaded late: most starts never need it, and it takes a third of a second.
  const { GenericContainer, ImageName, getContainerRuntimeClient } = await import('testcontainers');
  const client = await getContainerRuntimeClient();
  const host = client.info.containerRuntime.host;
  return {
    pull: (image) =>
      client.image.pull(ImageName.fromString(image), { force: false, platform: undefined }),
    async run(spec) {
      const started = await described(
        new (loopbackOnly(GenericContainer, host))(spec.image),
        spec,
        host,
      ).start();
      const container = client.container.getById(started.getId());
      return {
        host,
        exited: container.wait().then(exitOf, () => ({})),
        stop: async () => {
          await client.container.stop(container, { timeout: STOP_SECONDS }).catch(ignoreGone);
          await client.container.remove(container).catch(ignoreGone);
        },
        kill: (signal) => void container.kill({ signal }).catch(ignoreGone),
      } satisfies Container;
    },
  };
}

/** Docker publishes on every interface unless told; what runs here for one person is for that person's machine only. */
function loopbackOnly(base: typeof Generic, host: string): typeof Generic {
  if (!LOCAL_HOSTS.includes(host)) return base;
  return class extends base {
    protected override beforeContainerCreated(): Promise<void> {
      const published = (this.hostConfig.PortBindings ?? {}) as Record<
        string,
        { HostIp?: string }[]
      >;
      for (const binding of Object.values(published).flat()) {
        binding.HostIp = '127.0.0.1';
      }
      return Promise.resolve();
    }
  };
}

const described = (container: Generic, spec: ContainerSpec, host: string): Generic =>
  container
    .withEnvironment({ ...spec.env(host) })
    .withExposedPorts(spec.port)
    .withBindMounts([{ source: spec.volume.name, target: spec.volume.target, mode: 'rw' }])
    .withUlimits({ nofile: { hard: 262_144, soft: 262_144 } });

/** One volume per data folder and purpose. */
export const volumeName = (purpose: string, folder: string): string =>
  `keywatch-${purpose}-${createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 12)}`;

function exitOf(answer: unknown): Exit {
  const code = (answer as { StatusCode?: number }).StatusCode;
  return code === undefined ? {} : { code };
}

/** 304: not running any more; 404: removed already. */
function ignoreGone(error: unknown): void {
  const status = (error as { statusCode?: number }).statusCode;
  if (status !== 304 && status !== 404 && status !== 409) throw error;
}
