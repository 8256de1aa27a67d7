import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PIPELINE_CHECKS, RULES, SWEEPS } from './index.js';

const here = import.meta.dirname;
const filesOf = (folder: string, suffix: string): string[] =>
  readdirSync(join(here, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(suffix))
    .map((name) => (name.split('/').at(-1) ?? '').slice(0, -suffix.length));

describe.each([
  ['rules', '.rule', RULES],
  ['sweeps', '.sweep', SWEEPS],
  ['pipeline', '.check', PIPELINE_CHECKS],
] as const)('the list of %s', (folder, kind, list) => {
  it('names each file of the folder, and each file has its spec', () => {
    const ids = list.map(({ id }) => id).sort();
    expect(ids).toEqual(filesOf(folder, `${kind}.ts`).sort());
    expect(filesOf(folder, `${kind}.spec.ts`)).toEqual(expect.arrayContaining(ids));
  });

  it('describes itself: title, description, and every setting with a default', () => {
    for (const { id, title, description, settings, version, runbook } of list) {
      expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(title.length).toBeGreaterThan(5);
      expect(title.length).toBeLessThanOrEqual(64);
      expect(description.length).toBeGreaterThan(40);
      expect(version).toBeGreaterThanOrEqual(1);
      expect(runbook.means.length).toBeGreaterThan(40);
      for (const steps of [runbook.check, runbook.act, runbook.falseAlarms])
        expect(steps.length).toBeGreaterThan(0);
      expect(() => settings.parse({})).not.toThrow();
      expect(() => settings.parse({ noSuchSetting: 1 })).toThrow();
      for (const [name, schema] of Object.entries(settings.shape)) {
        const { description: says } = schema as { description?: string };
        expect(`${id}.${name}: ${says ?? ''}`).toMatch(/: .{10,}/);
      }
    }
  });

  it('is imported line by line, in one place', () => {
    const index = readFileSync(join(here, folder, 'index.ts'), 'utf8');
    expect(index.match(/^import \{/gm)).toHaveLength(list.length);
  });
});
