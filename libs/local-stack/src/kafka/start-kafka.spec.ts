import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Container, type ContainerSpec, type DockerDaemon } from '../docker/docker.js';
import { type NoWayError } from '../ways.js';
import { type KafkaOptions, type KafkaTools, startKafka } from './start-kafka.js';

const root = mkdtempSync(join(tmpdir(), 'keywatch-kafka-'));
let dataDir = '';
beforeEach(() => {
  dataDir = mkdtempSync(join(root, 'case-'));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** A machine with everything; each test takes something away. What was done is written down in `did`. */
class Machine {
  readonly did: string[] = [];
  spec: ContainerSpec | undefined;
  jarsThere = false;
  readonly container: Container = {
    host: 'localhost',
    exited: new Promise(() => undefined),
    stop: () => {
      this.did.push('stop container');
      return Promise.resolve();
    },
    kill: (signal) => {
      this.did.push(`kill container ${signal}`);
    },
  };
  readonly daemon: DockerDaemon = {
    pull: (image) => {
      this.did.push(`pull ${image}`);
      return Promise.resolve();
    },
    run: (spec) => {
      this.did.push('run');
      this.spec = spec;
      return Promise.resolve(this.container);
    },
  };

  tools(without: Partial<KafkaTools> = {}): KafkaTools {
    const note = (what: string) => () => {
      this.did.push(what);
      return Promise.resolve();
    };
    return {
      connectDocker: () => Promise.resolve(this.daemon),
      dockerLimits: { answerMs: 40, pullMs: 40, startMs: 2_000 },
      isReady: () => Promise.resolve(true),
      jarsAreComplete: () => Promise.resolve(this.jarsThere),
      findJava: note('java'),
      findMaven: note('maven'),
      installJars: note('install'),
      startBroker: ({ folder }) => {
        this.did.push('broker');
        return Promise.resolve({
          pid: 1,
          leashPid: 2,
          port: 9999,
          exited: new Promise(() => undefined),
          stop: note(`stop broker ${folder}`),
          kill: () => undefined,
        });
      },
      ...without,
    };
  }
}

const lines: string[] = [];
const start = (tools: KafkaTools, options: Partial<KafkaOptions> = {}) =>
  startKafka({ dataDir, log: (line) => lines.push(line), ...options }, tools);
const failure = (tools: KafkaTools, options: Partial<KafkaOptions> = {}): Promise<NoWayError> =>
  start(tools, options).then(
    () => Promise.reject(new Error('it started')),
    (error: unknown) => error as NoWayError,
  );

const noDaemon = () => Promise.reject(new Error('connect ENOENT /var/run/docker.sock'));
const never = () => new Promise<never>(() => undefined);

describe('startKafka', () => {
  it('uses given brokers and touches nothing', async () => {
    const machine = new Machine();
    const kafka = await start(machine.tools(), { brokers: ['kafka-1:9092', 'kafka-2:9092'] });
    await kafka.stop();
    expect(kafka).toMatchObject({ how: 'given', brokers: ['kafka-1:9092', 'kafka-2:9092'] });
    expect(machine.did).toEqual([]);
    expect(existsSync(join(dataDir, 'kafka'))).toBe(false);
  });

  it('uses Docker when a daemon answers and has the image', async () => {
    const machine = new Machine();
    const kafka = await start(machine.tools());
    expect(kafka.how).toBe('docker');
    expect(machine.did).toEqual(['pull apache/kafka:4.3.1', 'run']);
    const port = machine.spec?.port.host ?? 0;
    expect(kafka.brokers).toEqual([`localhost:${port}`]);
    expect(machine.spec?.env('localhost')).toMatchObject({
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
    });
    await kafka.stop();
    expect(machine.did).toContain('stop container');
  });

  it('gives a folder the same container port and volume again', async () => {
    const machine = new Machine();
    await start(machine.tools());
    const first = machine.spec;
    await start(machine.tools());
    expect(machine.spec?.port).toEqual(first?.port);
    expect(machine.spec?.volume).toEqual(first?.volume);
  });

  it.each<[string, Partial<KafkaTools>, string]>([
    ['no daemon answers', { connectDocker: noDaemon }, 'no Docker daemon (connect ENOENT'],
    ['the daemon is silent', { connectDocker: never }, 'no Docker daemon answered within 0.04 s'],
    [
      'the image is not pulled in time',
      { connectDocker: () => Promise.resolve({ pull: never, run: never }) },
      'apache/kafka:4.3.1: could not be pulled within 0.04 s',
    ],
  ])('starts the broker from jars when %s, and says why', async (_, without, reason) => {
    const machine = new Machine();
    lines.length = 0;
    const kafka = await start(machine.tools(without));
    expect(kafka).toMatchObject({ how: 'java', brokers: ['127.0.0.1:9999'], pid: 1 });
    expect(machine.did).toEqual(['java', 'maven', 'install', 'broker']);
    expect(lines.join()).toContain(reason);
    await kafka.stop();
    expect(machine.did.at(-1)).toBe(`stop broker ${join(dataDir, 'kafka')}`);
  });

  it('removes a container that does not come up, and starts the broker from jars', async () => {
    const machine = new Machine();
    const tools = machine.tools({ dockerLimits: { answerMs: 40, pullMs: 40, startMs: 40 } });
    const kafka = await start({ ...tools, isReady: () => Promise.resolve(false) });
    expect(kafka.how).toBe('java');
    expect(machine.did.slice(0, 3)).toEqual(['pull apache/kafka:4.3.1', 'run', 'stop container']);
  });

  it('needs no Maven once the jars are there', async () => {
    const machine = new Machine();
    machine.jarsThere = true;
    await start(machine.tools({ findMaven: () => Promise.reject(new Error('no Maven')) }), {
      docker: 'never',
    });
    expect(machine.did).toEqual(['java', 'broker']);
  });

  it('names all three ways, and why each failed, in one message', async () => {
    const machine = new Machine();
    const tools = machine.tools({
      connectDocker: noDaemon,
      findJava: () => Promise.reject(new Error('Java 11 (java) is too old')),
    });
    const error = await failure(tools);
    expect(error.name).toBe('NoWayError');
    expect(error.message).toBe(
      `No Kafka to use. One of these is enough:
  1. the addresses of a running Kafka in KEYWATCH_KAFKA_BROKERS (host:port,host:port)
     now: not set
  2. Docker, to run apache/kafka:4.3.1
     now: no Docker daemon (connect ENOENT /var/run/docker.sock)
  3. Java 17 or newer and Maven, to run a broker from the official jars
     now: Java 11 (java) is too old`,
    );
    expect(existsSync(join(dataDir, 'kafka'))).toBe(false);
  });

  it('says that Maven is missing', async () => {
    const tools = new Machine().tools({
      findMaven: () => Promise.reject(new Error('no Maven (mvn)')),
    });
    expect((await failure(tools, { docker: 'never' })).reasons.map(({ reason }) => reason)).toEqual(
      ['not set', 'switched off by the settings', 'no Maven (mvn)'],
    );
  });

  it('asks no daemon when Docker is switched off', async () => {
    const machine = new Machine();
    await start(machine.tools(), { docker: 'never' });
    expect(machine.did).toEqual(['java', 'maven', 'install', 'broker']);
  });

  it('takes nothing but Docker when the settings ask for it', async () => {
    const machine = new Machine();
    const error = await failure(machine.tools({ connectDocker: noDaemon }), { docker: 'always' });
    expect(machine.did).toEqual([]);
    expect(error.message).toContain('the settings ask for Docker');
  });

  it('stays with the broker from jars where the data is its own', async () => {
    mkdirSync(join(dataDir, 'kafka/data'), { recursive: true });
    writeFileSync(join(dataDir, 'kafka/data/meta.properties'), '');
    const machine = new Machine();
    expect((await start(machine.tools())).how).toBe('java');
    expect(machine.did).not.toContain('run');
  });

  it("never starts empty beside the data of a folder that is in Docker's volume", async () => {
    const machine = new Machine();
    await start(machine.tools());
    const error = await failure(machine.tools({ connectDocker: noDaemon }));
    expect(error.message).toContain('is in a Docker volume; start Docker, or use another folder');
    expect(machine.did).not.toContain('broker');
  });

  it('ends without trying further ways when it is called off', async () => {
    const off = new AbortController();
    const machine = new Machine();
    const tools = machine.tools({
      connectDocker: () => {
        off.abort(new Error('called off'));
        return noDaemon();
      },
    });
    await expect(start(tools, { signal: off.signal })).rejects.toThrow('called off');
    expect(machine.did).toEqual([]);
  });
});
