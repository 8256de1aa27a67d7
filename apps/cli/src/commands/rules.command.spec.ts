import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY, SETTABLE, withSettings } from '@keywatch/detection';
import { CommandError } from '../command-error.js';
import { describeRules, DETECTIONS, ruleInWords } from '../rules/descriptions.js';
import { checked, heldPolicy } from '../rules/settings-file.js';
import { cliSettings } from '../settings.js';

const folder = mkdtempSync(join(tmpdir(), 'keywatch-rules-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const exception = { rules: ['stale-key'], keys: ['k'], reason: 'a spec', untilMs: 5 };

describe('rules', () => {
  it('are listed with what is set', () => {
    const list = describeRules({
      rules: { 'stale-key': { enabled: false, limitDays: 60 } },
      tenants: { acme: { 'multi-environment-use': { minEnvironments: 3 } } },
      exceptions: [exception],
    });
    expect(list.map(({ id }) => id)).toEqual(SETTABLE.map(({ id }) => id));
    const byId = Object.fromEntries(list.map((rule) => [rule.id, rule]));
    expect(byId['stale-key']).toMatchObject({
      kind: 'sweep',
      enabled: false,
      changed: { limitDays: 60 },
      exceptions: 1,
    });
    expect(byId['multi-environment-use']).toMatchObject({
      kind: 'stream',
      enabled: true,
      changed: {},
      tenants: ['acme'],
    });
  });

  it('are shown with runbook, settings, state and an exception', () => {
    for (const rule of DETECTIONS) {
      const held = describeRules(DEFAULT_POLICY).find(({ id }) => id === rule.id);
      if (held === undefined) throw new Error('not described');
      const text = ruleInWords(rule, held);
      for (const name of Object.keys(rule.settings.shape)) expect(text).toContain(`  ${name}: `);
      expect(text).toContain(rule.runbook.means);
      expect(text).toMatch(/State: /);
      expect(text).toContain(`- { rule: ${rule.id}, key: `);
    }
  });

  it('take the settings file of the data folder, or none', async () => {
    expect((await heldPolicy(cliSettings(), folder)).path).toBeUndefined();
    writeFileSync(join(folder, 'keywatch.yaml'), 'rules: { stale-key: { enabled: false } }');
    const { policy, path } = await heldPolicy(cliSettings(), folder);
    expect(path).toBe(join(folder, 'keywatch.yaml'));
    expect(policy.rules).toEqual({ 'stale-key': { enabled: false } });
    await expect(heldPolicy(cliSettings(), folder, join(folder, 'none'))).rejects.toThrow(
      'There is no file ',
    );
  });

  it('refuse a wrong file with exit code 1, and take the example', () => {
    const failure = ((): unknown => {
      try {
        return checked('rules: { stale: {} }', 'f');
      } catch (error) {
        return error;
      }
    })() as CommandError;
    expect(failure).toBeInstanceOf(CommandError);
    expect(failure.exitCode).toBe(1);
    expect(failure.message).toContain('1:10 rules.stale: there is no "stale" here');
    const example = readFileSync(
      new URL('../../../../docs/keywatch.example.yaml', import.meta.url),
      'utf8',
    );
    expect(checked(example, 'example').exceptions).toHaveLength(3);
  });

  it('are tried switched on, with the given settings above those of every tenant', () => {
    const tried = withSettings(
      {
        ...DEFAULT_POLICY,
        rules: { a: { enabled: false, x: 1, y: 1 } },
        tenants: { acme: { a: { x: 5, y: 5 } } },
      },
      'a',
      { x: 9 },
    );
    expect(tried.rules).toEqual({ a: { enabled: true, x: 9, y: 1 } });
    expect(tried.tenants).toEqual({ acme: { a: { y: 5 } } });
  });
});
