// Builds what the commands run (not the specs) at install. Without the compiler, as in an install of shipped code
// only, there is nothing to build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const tsc = 'node_modules/typescript/bin/tsc';
const packages = ['libs', 'apps'].flatMap((kind) =>
  readdirSync(kind)
    .map((name) => `${kind}/${name}`)
    .filter((folder) => existsSync(`${folder}/tsconfig.json`)),
);
if (existsSync(tsc)) {
  const { status } = spawnSync(process.execPath, [tsc, '-b', ...packages], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
