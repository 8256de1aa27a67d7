import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY, SWEEPS, type DetectionPolicy } from '@keywatch/detection';
import { readCases, runCases, type FileResult } from './run-cases.js';

const EXAMPLE = fileURLToPath(new URL('../../../../docs/cases.example.yaml', import.meta.url));
const BIN = fileURLToPath(new URL('../../bin/keywatch.js', import.meta.url));

async function run(
  texts: readonly string[],
  policy: DetectionPolicy = DEFAULT_POLICY,
): Promise<FileResult[]> {
  const results: FileResult[] = [];
  await runCases(readCases(texts.map((text, n) => ({ file: `cases-${n}.yaml`, text }))), {
    policy,
    signal: new AbortController().signal,
    onResult: (result) => results.push(result),
    onProgress: () => undefined,
  });
  return results;
}

const KEY = 'created: { at: 2026-01-01, key: ak_1, plan: pro }';
const stale = (name: string, given: string, asOf: string, then: string): string =>
  `  - { name: ${name}, rule: stale-key, given: [${given}], asOf: ${asOf}, then: ${then} }\n`;

const OTHERS = [
  'cases:\n',
  stale('wrong', KEY, '[2026-03-17, 2026-04-01]', '[{ severity: high }, { severity: low }]'),
  stale('empty again', 'created: { at: 2026-03-31, key: new }', '2026-04-01', 'silent'),
  // Older than the tables keep rows.
  stale('old', 'created: { at: 2014-01-01, key: old }', '[2014-03-17, 2014-04-01]', '[{}, {}]'),
  stale(
    'late',
    `${KEY}, rotated: { at: 2026-03-01, key: ak_1, arrives: 2026-03-17T00:16Z }`,
    '[2026-03-17, 2026-04-01]',
    '[{ window: v0/75d }]',
  ),
].join('');

describe('cases of sweeps on a real engine', () => {
  it('are as expected in the example, which has one of every sweep, know nothing of each other, take any time, and say what differs', async () => {
    const all = await run([readFileSync(EXAMPLE, 'utf8'), OTHERS]);
    const results = all.filter(({ file }) => file === 'cases-0.yaml');
    expect(results.map(({ problem }) => problem)).toEqual(results.map(() => undefined));
    const rules = new Set(results.map(({ rule }) => rule));
    expect(SWEEPS.filter(({ id }) => !rules.has(id))).toEqual([]);

    const others = all.filter(({ file }) => file === 'cases-1.yaml');
    expect(others.map(({ name, problem }) => `${name} ${problem ?? 'ok'}`)).toEqual([
      expect.stringMatching(
        /^wrong 2 expected, 2 told\n {2}- expected, not told: severity high\n {2}\+ told, not expected: as of 2026-04-01T00:00:00\.000Z medium ak_1 v0\/90d: .*$/,
      ),
      'empty again ok',
      'old ok',
      'late ok',
    ]);
  });

  it('go by the settings and exceptions that hold, and by their own above them', async () => {
    const policy: DetectionPolicy = {
      rules: { 'stale-key': { enabled: false, limitDays: 30, limitDaysByPlan: {} } },
      tenants: { acme: { 'stale-key': { limitDays: 40 } } },
      exceptions: [{ rules: ['stale-key'], keys: ['ak_safe'], reason: 'r', untilMs: Infinity }],
    };
    const given = [KEY, KEY.replace('ak_1', 'ak_safe'), KEY.replace('ak_1', 'ak_2, tenant: acme')];
    const at = stale(
      'held',
      given.join(', '),
      '2026-01-31',
      '[{ key: ak_1, window: v0/30d }, { key: ak_2, window: v0/25d }]',
    );
    const own = at
      .replace('held', 'own, settings: { limitDays: 31 }')
      .replace('v0/30d', 'v0/16d')
      .replace('v0/25d', 'v0/16d');
    const results = await run([`cases:\n${at}${own}`], policy);
    expect(results.map(({ problem }) => problem)).toEqual([undefined, undefined]);
  });

  it('end with Ctrl-C: the engine is gone and its folder with it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keywatch-interrupted-'));
    try {
      const child = spawn(
        process.execPath,
        [BIN, 'rules', 'test', ...Array<string>(9).fill(EXAMPLE)],
        {
          env: { TMPDIR: folder },
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      );
      const exited = once(child, 'exit');
      for await (const line of createInterface({ input: child.stderr })) {
        if (!line.includes('it is up')) continue;
        expect(readdirSync(folder)).toHaveLength(1);
        child.kill('SIGINT');
      }
      expect(await exited).toEqual([130, null]);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
