import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type CopyJars, copyWithMaven, installJars, jarsAreComplete } from './jars.js';

const JARS = ['kafka_2.13-4.3.1.jar', 'kafka-clients-4.3.1.jar'];
const root = mkdtempSync(join(tmpdir(), 'keywatch-jars-'));
const quiet = (): void => undefined;
let folder = '';
beforeEach(() => {
  folder = join(mkdtempSync(join(root, 'case-')), 'kafka-4.3.1');
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Counts how often it was asked, so that a second install shows. */
function copier(): { copy: CopyJars; count: () => number } {
  let count = 0;
  return {
    copy(_, into) {
      count += 1;
      for (const name of JARS) writeFileSync(join(into, name), name);
      return Promise.resolve();
    },
    count: () => count,
  };
}

describe('installJars', () => {
  it('fetches once', async () => {
    const { copy, count } = copier();
    await installJars(folder, copy, quiet);
    await installJars(folder, copy, quiet);
    expect(count()).toBe(1);
    expect(await jarsAreComplete(folder)).toBe(true);
  });

  it('fetches once for several that want them at the same time', async () => {
    const { copy, count } = copier();
    await Promise.all(Array.from({ length: 5 }, () => installJars(folder, copy, quiet)));
    expect(count()).toBe(1);
  });

  it('leaves nothing behind when fetching fails, and works the next time', async () => {
    const fails: CopyJars = (_, into) => {
      writeFileSync(join(into, 'half.jar'), '');
      return Promise.reject(new Error('the line is dead'));
    };
    await expect(installJars(folder, fails, quiet)).rejects.toThrow('the line is dead');
    expect(readdirSync(dirname(folder))).toEqual([]);
    await installJars(folder, copier().copy, quiet);
    expect(await jarsAreComplete(folder)).toBe(true);
  });

  it('refuses jars that are of another Kafka', async () => {
    const other: CopyJars = (_, into) => {
      writeFileSync(join(into, 'kafka_2.13-3.9.0.jar'), '');
      return Promise.resolve();
    };
    await expect(installJars(folder, other, quiet)).rejects.toThrow(/not those of Kafka 4\.3\.1/);
    expect(await jarsAreComplete(folder)).toBe(false);
  });

  it('fetches again when a jar is missing or was cut short', async () => {
    const { copy, count } = copier();
    await installJars(folder, copy, quiet);
    writeFileSync(join(folder, 'kafka-clients-4.3.1.jar'), 'cut');
    expect(await jarsAreComplete(folder)).toBe(false);
    await installJars(folder, copy, quiet);
    rmSync(join(folder, 'kafka_2.13-4.3.1.jar'));
    await installJars(folder, copy, quiet);
    expect(count()).toBe(3);
    expect(await jarsAreComplete(folder)).toBe(true);
  });

  it('clears away what an install that was killed left', async () => {
    await mkdir(`${folder}.12345.tmp`, { recursive: true });
    await installJars(folder, copier().copy, quiet);
    expect(readdirSync(dirname(folder))).toEqual(['kafka-4.3.1']);
  });
});

describe('copyWithMaven', () => {
  it("gives Maven's reason, not its whole output", async () => {
    const maven = join(root, 'mvn');
    writeFileSync(
      maven,
      '#!/bin/sh\necho "[INFO] hello"\necho "[ERROR] Could not transfer artifact: Unknown host"\nexit 1\n',
      { mode: 0o755 },
    );
    await expect(copyWithMaven(maven)('pom.xml', folder)).rejects.toThrow(
      'Maven could not fetch the jars: Could not transfer artifact: Unknown host',
    );
  });

  it('ends Maven when the start is called off', async () => {
    const maven = join(root, 'slow-mvn');
    writeFileSync(maven, '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
    const off = new AbortController();
    const copying = copyWithMaven(maven)('pom.xml', folder, off.signal);
    off.abort(new Error('called off'));
    await expect(copying).rejects.toThrow('called off');
  });
});
