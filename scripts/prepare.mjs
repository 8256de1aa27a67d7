// Builds at install, so that the commands run. Without the compiler (an install of shipped code only) there is
// nothing to build.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const tsc = 'node_modules/typescript/bin/tsc';
if (existsSync(tsc)) {
  const { status } = spawnSync(process.execPath, [tsc, '-b'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
