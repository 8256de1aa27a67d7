import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DoctorCheck, doctorChecks, type DoctorOptions, type DoctorTools } from './doctor.js';
import { claimFolder } from './runtime.js';

const HEALTHY: DoctorTools = {
  nodeVersion: '24.21.0',
  memoryBytes: () => 16e9,
  freeBytes: () => Promise.resolve(100e9),
  connectDocker: () =>
    Promise.resolve({ pull: () => Promise.resolve(), run: () => Promise.reject(new Error()) }),
  engineAvailable: () => ({ available: true }),
  findJava: () => Promise.resolve(17),
  findMaven: () => Promise.resolve('3.9.9'),
  jarsAreComplete: () => Promise.resolve(false),
  isPortFree: () => Promise.resolve(true),
  isReady: () => Promise.resolve(true),
  answersPing: () => Promise.resolve(true),
};

const check = (
  without: Partial<DoctorTools>,
  options: Partial<DoctorOptions> = {},
): Promise<DoctorCheck[]> =>
  doctorChecks(
    { dataDir: join(tmpdir(), 'keywatch-nowhere'), ...options },
    { ...HEALTHY, ...without },
  );
const named = (checks: DoctorCheck[], name: string): DoctorCheck | undefined =>
  checks.find((one) => one.name === name);
const missing = (reason: string) => () => Promise.reject(new Error(reason));

describe('doctorChecks', () => {
  it('finds nothing wrong with a machine that has everything', async () => {
    const checks = await check({}, { ports: { KEYWATCH_API_PORT: 4100 } });
    expect(checks.map(({ name }) => name)).toEqual([
      'Node',
      'Java',
      'Maven',
      'Embedded ClickHouse',
      'Docker',
      'Memory',
      'Disk',
      'Port 4100',
    ]);
    expect(checks.every(({ ok, fix }) => ok === true && fix === '')).toBe(true);
  });

  it.each<[string, Partial<DoctorTools>, DoctorCheck['ok']]>([
    ['Node', { nodeVersion: '20.19.0' }, false],
    ['Java', { findJava: missing('no Java') }, 'warn'],
    ['Maven', { findMaven: missing('no Maven') }, 'warn'],
    [
      'Embedded ClickHouse',
      { engineAvailable: () => ({ available: false, reason: 'musl' }) },
      'warn',
    ],
    ['Docker', { connectDocker: missing('no socket') }, 'warn'],
    ['Memory', { memoryBytes: () => 2.5e9 }, 'warn'],
    ['Memory', { memoryBytes: () => 1e9 }, false],
    ['Disk', { freeBytes: () => Promise.resolve(2e9) }, 'warn'],
    ['Disk', { freeBytes: () => Promise.resolve(1e6) }, false],
    ['Port 4100', { isPortFree: () => Promise.resolve(false) }, false],
  ])('says what to do about %s', async (name, without, ok) => {
    const found = named(await check(without, { ports: { KEYWATCH_API_PORT: 4100 } }), name);
    expect(found?.ok).toBe(ok);
    expect(found?.fix).not.toBe('');
  });

  it('asks for no Maven when the jars are there', async () => {
    const checks = await check({
      jarsAreComplete: () => Promise.resolve(true),
      findMaven: missing('no Maven'),
    });
    expect(named(checks, 'Maven')?.ok).toBe(true);
  });

  it('looks at given servers in the place of what would start them', async () => {
    const checks = await check(
      {
        isReady: (_, port) => Promise.resolve(port === 9092),
        answersPing: () => Promise.resolve(false),
      },
      { brokers: ['k1:9092', 'k2:9093'], clickhouseUrl: 'http://db:8123' },
    );
    expect(named(checks, 'Java')).toBeUndefined();
    expect(named(checks, 'Kafka k1:9092')?.ok).toBe(true);
    expect(named(checks, 'Kafka k2:9093')?.ok).toBe('warn');
    expect(named(checks, 'ClickHouse')?.ok).toBe(false);
  });

  it('looks at the servers of the stack that runs on the folder', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'keywatch-doctor-'));
    const folder = await claimFolder(dataDir);
    try {
      await folder.publish({
        brokers: ['127.0.0.1:1234'],
        clickhouse: { url: 'http://127.0.0.1:5678', user: 'u', password: 'p' },
        api: 'http://127.0.0.1:4100',
      });
      const ports = { KEYWATCH_API_PORT: 4100 };
      const asked: unknown[] = [];
      const well = await check(
        { answersPing: (url) => Promise.resolve(asked.push(url) > 0) },
        { dataDir, ports },
      );
      expect(asked).toEqual(['http://127.0.0.1:5678']);
      expect(well.map(({ name }) => name)).toEqual([
        'Node',
        'Kafka 127.0.0.1:1234',
        'ClickHouse',
        'Docker',
        'Memory',
        'Disk',
      ]);
      const away = await check({ isReady: () => Promise.resolve(false) }, { dataDir });
      expect(named(away, 'Kafka 127.0.0.1:1234')).toMatchObject({
        ok: false,
        fix: expect.stringContaining('keywatch up'),
      });
    } finally {
      await folder.release();
      await rm(dataDir, { recursive: true });
    }
  });

  it('measures this machine without failing', async () => {
    const real = await doctorChecks({ dataDir: join(tmpdir(), 'a/b/c'), brokers: [] });
    expect(named(real, 'Disk')?.detail).toMatch(/^\d+\.\d GB free for /);
    expect(named(real, 'Memory')?.detail).toMatch(/^\d+\.\d GB free, \d+ cores$/);
  });
});
