#!/usr/bin/env node
// The keywatch command. Committed, so that it exists when npm links it at install; runs what `npm run build` made.
import { existsSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const WANTED = 24;
const main = new URL('../dist/main.js', import.meta.url);
const node24 = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url));

if (!existsSync(fileURLToPath(main))) {
  console.error('keywatch is not built; run: npm run build');
  process.exitCode = 2;
} else if (Number(process.versions.node.split('.')[0]) < WANTED && existsSync(node24)) {
  // Started by an older Node: the one that came with the install takes over.
  const child = spawn(node24, process.argv.slice(1), { stdio: 'inherit' });
  // Whoever ends us means the command, which has things to put away. A Ctrl-C it gets from the terminal as we do, and
  // takes the second one as impatience only when it comes later.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
  child.on('error', (error) => {
    console.error(`${node24} can't be started: ${error.message}`);
    process.exitCode = 2;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 2) : 130;
  });
} else {
  const { run } = await import(main.href);
  await run(process.argv.slice(2));
}
