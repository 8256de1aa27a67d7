import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const BIN = fileURLToPath(new URL('../bin/keywatch.js', import.meta.url));
const FOUND_NODES = ['/usr/bin/node', '/usr/local/bin/node', '/opt/homebrew/bin/node'];

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function end(node: string, argv: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(node, argv, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err });
    });
  });
}

/** A Node that is too old, where the machine has one. */
async function olderNode(): Promise<string | undefined> {
  for (const node of FOUND_NODES.filter((path) => existsSync(path))) {
    const { out } = await end(node, ['-p', 'process.versions.node']);
    const major = Number(out.split('.')[0]);
    // Before 18 there is no installing either.
    if (major >= 18 && major < 24) return node;
  }
  return undefined;
}

const older = await olderNode();
if (older === undefined) {
  process.stderr.write(
    `Skipped: the command under an older Node; none of ${FOUND_NODES.join(', ')} is one.\n`,
  );
}

let root: string;
let bin: string;

// The layout of a checkout, with a main.js that says how it was run.
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'keywatch-bin-'));
  const cli = join(root, 'apps', 'cli');
  await mkdir(join(cli, 'bin'), { recursive: true });
  await mkdir(join(root, 'node_modules', 'node', 'bin'), { recursive: true });
  await writeFile(join(cli, 'package.json'), '{"type":"module"}');
  bin = join(cli, 'bin', 'keywatch.js');
  await copyFile(BIN, bin);
  await symlink(process.execPath, join(root, 'node_modules', 'node', 'bin', 'node'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function build(main: string): Promise<void> {
  const dist = join(root, 'apps', 'cli', 'dist');
  await mkdir(dist);
  await writeFile(join(dist, 'main.js'), main);
}

const SAYS_HOW = `export async function run(argv) {
  process.stdout.write(JSON.stringify({ argv, major: Number(process.versions.node.split('.')[0]) }));
  process.exitCode = 7;
}`;

describe('the keywatch command', () => {
  it('says how to build it where it is not built', async () => {
    const { code, err, out } = await end(process.execPath, [bin]);
    expect({ code, err, out }).toEqual({
      code: 2,
      err: 'keywatch is not built; run: npm run build\n',
      out: '',
    });
  });

  it('hands on arguments and exit code', async () => {
    await build(SAYS_HOW);
    const { code, out } = await end(process.execPath, [bin, 'report', '--key', 'a b']);
    expect(JSON.parse(out)).toMatchObject({ argv: ['report', '--key', 'a b'] });
    expect(code).toBe(7);
  });
});

const underOlder = older === undefined ? describe.skip : describe;
underOlder('the keywatch command under an older Node', () => {
  const node = older ?? '';

  it('is run by the Node that came with the install', async () => {
    await build(SAYS_HOW);
    const { code, out } = await end(node, [bin, 'report', '--key', 'a b']);
    expect(JSON.parse(out)).toEqual({ argv: ['report', '--key', 'a b'], major: 24 });
    expect(code).toBe(7);
  });

  it('passes on the request to end, and leaves nothing running', async () => {
    await build(`export async function run() {
      const alive = setInterval(() => undefined, 1000);
      process.on('SIGTERM', () => {
        clearInterval(alive);
        process.stdout.write('put away');
        process.exitCode = 3;
      });
      process.kill(process.ppid, 'SIGTERM');
    }`);
    expect(await end(node, [bin])).toMatchObject({ code: 3, out: 'put away' });
  });
});
