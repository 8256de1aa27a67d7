import { describeExit, type Exit } from '../service.js';
import { becomes, messageOf, within } from '../waiting.js';

/** What a container needs; ports are published on the daemon's loopback where the daemon is on this machine. */
export interface ContainerSpec {
  readonly image: string;
  readonly port: { readonly container: number; readonly host: number };
  /** Given the host under which the published port is reached. */
  readonly env: (host: string) => Readonly<Record<string, string>>;
  /** A named volume keeps what it stored from one start to the next. */
  readonly volume: { readonly name: string; readonly target: string };
}

export interface Container {
  readonly host: string;
  readonly exited: Promise<Exit>;
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** A daemon that answered. */
export interface DockerDaemon {
  /** Settles at once when the image is there already. */
  pull(image: string): Promise<void>;
  run(spec: ContainerSpec): Promise<Container>;
}

/** How to reach a daemon; rejects when there is none. */
export type ConnectDocker = () => Promise<DockerDaemon>;

/** auto: used when it answers in time; always: or else an error; never: not even asked. */
export type DockerUse = 'auto' | 'always' | 'never';

export interface DockerLimits {
  readonly answerMs: number;
  readonly pullMs: number;
  readonly startMs: number;
}

/** A daemon on the same machine answers in milliseconds; an image of 200-700 MB takes two minutes at 50 Mbit/s. */
export const DOCKER_LIMITS: DockerLimits = { answerMs: 5_000, pullMs: 150_000, startMs: 120_000 };

/**
 * A container that runs and for which `isReady` has become true.
 * @param describe asked only when a daemon has the image: until then nothing is written.
 * @throws Error with the reason in words: no daemon, not pulled in time, not started in time.
 */
export async function runInDocker(
  connect: ConnectDocker,
  image: string,
  describe: () => Promise<ContainerSpec>,
  isReady: (host: string, port: number) => Promise<boolean>,
  limits: DockerLimits = DOCKER_LIMITS,
): Promise<Container> {
  const daemon = await within(
    limits.answerMs,
    connect(),
    () => `no Docker daemon answered within ${limits.answerMs / 1000} s`,
  ).catch((error: unknown) => {
    throw new Error(`no Docker daemon (${messageOf(error)})`, { cause: error });
  });
  await within(
    limits.pullMs,
    daemon.pull(image),
    () => `could not be pulled within ${limits.pullMs / 1000} s`,
  ).catch((error: unknown) => {
    throw new Error(`Docker answers, but the image ${image}: ${messageOf(error)}`, {
      cause: error,
    });
  });
  const spec = await describe();
  const container = await daemon.run(spec);
  try {
    await untilReady(
      container,
      () => isReady(container.host, spec.port.host),
      image,
      limits.startMs,
    );
    return container;
  } catch (error) {
    await container.stop();
    throw error;
  }
}

async function untilReady(
  container: Container,
  isReady: () => Promise<boolean>,
  image: string,
  limitMs: number,
): Promise<void> {
  const ended = container.exited.then((exit): never => {
    throw new Error(
      `the container of ${image} ${describeExit(exit)} while it started; see docker logs`,
    );
  });
  const ready = await Promise.race([becomes(isReady, limitMs, 200), ended]);
  if (!ready) throw new Error(`${image} did not answer within ${limitMs / 1000} s`);
}
