import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { KAFKA_VERSION } from '@keywatch/local-stack';
import { readSettings, SETTINGS, type SettingName } from '@keywatch/platform';
import { parse } from 'yaml';

interface Service {
  image: string;
  command?: string[];
  environment: Record<string, string | number>;
  depends_on?: Record<string, { condition: string }>;
  volumes?: string[];
  profiles?: string[];
  ports?: string[];
}

const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const APPS = ['ingest', 'detect', 'sweep', 'notify', 'api'];
const serviceOf = (name: string): Service => {
  const service = compose.services[name];
  if (service === undefined) throw new Error(`no service ${name}`);
  return service;
};

describe('docker-compose.yml', () => {
  it('has the broker, ClickHouse and every app', () => {
    const always = Object.entries(compose.services).filter(([, of]) => of.profiles === undefined);
    expect(always.map(([name]) => name).sort()).toEqual([...APPS, 'clickhouse', 'kafka'].sort());
  });

  it.each(APPS)('starts %s from its own main with settings that are accepted', (name) => {
    const { command, environment, depends_on } = serviceOf(name);
    expect(command).toEqual([`apps/${name}/dist/main.js`]);
    expect(existsSync(`apps/${name}/src/main.ts`)).toBe(true);
    const values = Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [
        key,
        String(value).replace(/^\$\{.*\}$/, 'from-the-environment'),
      ]),
    );
    expect(() => readSettings(Object.keys(SETTINGS) as SettingName[], values)).not.toThrow();
    expect(depends_on).toMatchObject({
      kafka: { condition: 'service_healthy' },
      clickhouse: { condition: 'service_healthy' },
    });
  });

  it('has Prometheus and Grafana where they are asked for, for this machine only', () => {
    for (const name of ['prometheus', 'grafana']) {
      const { profiles, ports, volumes = [] } = serviceOf(name);
      expect(profiles).toEqual(['monitoring']);
      expect(ports?.every((port) => port.startsWith('127.0.0.1:'))).toBe(true);
      for (const volume of volumes.filter((one) => one.startsWith('./')))
        expect(existsSync(volume.split(':')[0] ?? '')).toBe(true);
    }
  });

  it('asks for replicated tables and gives the server the Keeper they need', () => {
    expect(serviceOf('ingest').environment['KEYWATCH_CLICKHOUSE_TARGET']).toBe('replicated');
    const mount =
      serviceOf('clickhouse').volumes?.find((volume) => volume.includes('keeper.xml')) ?? '';
    const keeper = readFileSync(mount.split(':')[0] ?? '', 'utf8');
    for (const part of [
      '<keeper_server>',
      '<zookeeper>',
      '<replica>1</replica>',
      '<shard>1</shard>',
    ])
      expect(keeper).toContain(part);
  });

  it('holds no password: they come from the environment', () => {
    const text = readFileSync('docker-compose.yml', 'utf8');
    for (const line of text.split('\n').filter((l) => /(PASSWORD|TOKEN):/.test(l)))
      expect(line).toMatch(/\$\{.*:\?/);
  });

  it('runs the versions that the checks run', () => {
    expect(serviceOf('kafka').image).toBe(`apache/kafka:${KAFKA_VERSION}`);
  });

  it('keeps data in named volumes', () => {
    for (const name of ['kafka', 'clickhouse']) {
      expect(serviceOf(name).volumes?.some((volume) => volume.startsWith(`${name}:`))).toBe(true);
    }
  });

  const plugin = spawnSync('docker', ['compose', 'version']).status === 0;
  if (!plugin)
    process.stderr.write(
      'SKIPPED: `docker compose config` was not run, because docker compose is not installed here.\n',
    );
  (plugin ? it : it.skip)('is accepted by docker compose (needs docker compose)', () => {
    const env = {
      ...process.env,
      KEYWATCH_CLICKHOUSE_PASSWORD: 'x'.repeat(16),
      KEYWATCH_API_TOKEN: 'y'.repeat(16),
    };
    const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], {
      env,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
