import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLog } from '../observability/log.js';
import { createRegistry } from '../observability/metrics.js';
import { readSettings, SettingsError } from './read-settings.js';
import { RULES_FILE_SETTINGS, RulesFile, rulesFilePlaces } from './rules-file.js';
import { WatchedFile } from './watched-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keywatch-watched-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const parse = (text: string): string => {
  if (text.includes('wrong')) throw new Error(`${text} is wrong`);
  return text.toUpperCase();
};

async function world(over: { text?: string; required?: boolean } = {}) {
  const path = join(folder, 'keywatch.yaml');
  if (over.text !== undefined) writeFileSync(path, over.text);
  const file = await WatchedFile.open({
    paths: [path, join(folder, 'second.yaml')],
    required: over.required ?? false,
    fallback: 'NOTHING',
    parse,
  });
  const told: string[] = [];
  file.watch(3_600_000, {
    changed: (value) => void told.push(value),
    refused: ({ message }) => void told.push(message),
  });
  const write = (text: string) => {
    writeFileSync(path, text);
  };
  return { path, file, told, write };
}

describe('WatchedFile', () => {
  it('tells a change when two looks see the same text', async () => {
    const { file, told, write } = await world({ text: 'one' });
    write('two');
    await file.look();
    expect(told).toEqual([]);
    write('two and more');
    await file.look();
    expect(told).toEqual([]);
    await file.look();
    await file.look();
    expect(told).toEqual(['TWO AND MORE']);
    expect(file.current).toBe('TWO AND MORE');
  });

  it('keeps what held where the new text is wrong, says so once, and takes it up when it is right', async () => {
    const { file, told, write } = await world({ text: 'one' });
    write('wrong');
    for (let i = 0; i < 4; i += 1) await file.look();
    expect(told).toEqual(['wrong is wrong']);
    expect(file.current).toBe('ONE');
    expect(file.isRefused).toBe(true);
    write('one');
    await file.look();
    await file.look();
    expect(file.isRefused).toBe(false);
    expect(told).toHaveLength(1);
    write('two');
    await file.look();
    await file.look();
    expect(told.at(-1)).toBe('TWO');
  });

  it('keeps what held where the file is gone, and takes it up when it is back', async () => {
    const { file, told, path, write } = await world({ text: 'one' });
    rmSync(path);
    for (let i = 0; i < 3; i += 1) await file.look();
    expect(told).toEqual([`${path} is gone; what it said holds on`]);
    expect(file.current).toBe('ONE');
    write('two');
    await file.look();
    await file.look();
    expect(told.at(-1)).toBe('TWO');
    expect(file.isRefused).toBe(false);
  });

  it('takes up a file that comes later, and the first where there are several', async () => {
    const { file, told, write } = await world();
    expect(file.current).toBe('NOTHING');
    await file.look();
    expect(told).toEqual([]);
    writeFileSync(join(folder, 'second.yaml'), 'second');
    await file.look();
    await file.look();
    write('first');
    await file.look();
    await file.look();
    expect(told).toEqual(['SECOND', 'FIRST']);
  });

  it('does not start where the file must be there and is not, or is wrong', async () => {
    await expect(world({ required: true })).rejects.toThrow('is missing');
    await expect(world({ text: 'wrong' })).rejects.toThrow('wrong is wrong');
  });
});

describe('RulesFile', () => {
  const settingsOf = (environment: Record<string, string>) =>
    readSettings(RULES_FILE_SETTINGS, environment);
  const open = (environment: Record<string, string>) => {
    const registry = createRegistry('spec');
    const log = createLog({ app: 'spec', level: 'silent', format: 'json' });
    const settings = settingsOf(environment);
    return {
      registry,
      file: RulesFile.open({ settings, parse, fallback: 'NOTHING', log, registry }),
    };
  };

  it('is the file that is named, else keywatch.yaml of the data folder or the working directory', () => {
    expect(rulesFilePlaces(settingsOf({ KEYWATCH_RULES_FILE: '/etc/k.yaml' }))).toEqual({
      paths: ['/etc/k.yaml'],
      required: true,
    });
    expect(rulesFilePlaces(settingsOf({ KEYWATCH_DATA: '/data' }))).toEqual({
      paths: ['/data/keywatch.yaml', join(process.cwd(), 'keywatch.yaml')],
      required: false,
    });
  });

  it('counts what became of changes, and shows while one is refused', async () => {
    writeFileSync(join(folder, 'keywatch.yaml'), 'one');
    const { registry, file } = open({ KEYWATCH_DATA: folder, KEYWATCH_RULES_POLL_MS: '50' });
    const opened = await file;
    const second = new Promise<string>((resolve) => {
      opened.follow(resolve);
    });
    writeFileSync(join(folder, 'keywatch.yaml'), 'two');
    expect(await second).toBe('TWO');
    expect(opened.current).toBe('TWO');
    await opened.close();
    const page = await registry.metrics();
    expect(page).toMatch(/keywatch_rules_file_loads_total\{outcome="held",app="spec"\} 1/);
    expect(page).toMatch(/keywatch_rules_file_refused\{app="spec"\} 0/);
  });

  it('ends the start with everything that is wrong', async () => {
    writeFileSync(join(folder, 'keywatch.yaml'), 'wrong');
    await expect(open({ KEYWATCH_DATA: folder }).file).rejects.toThrow(SettingsError);
    await expect(open({ KEYWATCH_RULES_FILE: join(folder, 'none.yaml') }).file).rejects.toThrow(
      'none.yaml is missing',
    );
  });
});
