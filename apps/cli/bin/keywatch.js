#!/usr/bin/env node
// The keywatch command. Committed, so that it exists when npm links it at install; runs what `npm run build` made.
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const WANTED = 24;
const main = new URL('../dist/main.js', import.meta.url);
const node24 = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url));

if (!existsSync(fileURLToPath(main))) {
  console.error('keywatch is not built; run: npm run build');
  process.exitCode = 2;
} else if (Number(process.versions.node.split('.')[0]) < WANTED && existsSync(node24)) {
  // Started by an older Node: the one that came with the install takes over.
  const { status, signal } = spawnSync(node24, process.argv.slice(1), { stdio: 'inherit' });
  process.exitCode = signal === null ? (status ?? 2) : 130;
} else {
  const { run } = await import(main.href);
  await run(process.argv.slice(2));
}
