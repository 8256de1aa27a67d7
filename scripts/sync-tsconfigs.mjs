// Writes each package's tsconfig.json and the root list of references from the package.json files, so that
// a declared dependency is a project reference and nothing else is. `--check` only compares (npm test).
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { format, resolveConfig } from 'prettier';

const check = process.argv.includes('--check');
const packages = new Map();
for (const kind of ['libs', 'apps']) {
  for (const name of readdirSync(kind)) {
    const file = join(kind, name, 'package.json');
    if (existsSync(file)) {
      const json = JSON.parse(readFileSync(file, 'utf8'));
      packages.set(json.name, { dir: join(kind, name), json });
    }
  }
}

let stale = 0;
async function put(file, value) {
  const options = { ...(await resolveConfig(file)), parser: 'json' };
  const text = await format(JSON.stringify(value), options);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  stale += 1;
  if (check)
    console.error(
      `${file} does not match the package.json files: run node scripts/sync-tsconfigs.mjs`,
    );
  else writeFileSync(file, text);
}

for (const { dir, json } of packages.values()) {
  const references = Object.keys({ ...json.dependencies })
    .filter((name) => packages.has(name))
    .map((name) => ({ path: relative(dir, packages.get(name).dir) }));
  await put(join(dir, 'tsconfig.json'), {
    extends: '../../tsconfig.base.json',
    compilerOptions: { rootDir: 'src', outDir: 'dist', tsBuildInfoFile: 'dist/.tsbuildinfo' },
    include: ['src'],
    exclude: ['**/*.spec.ts', '**/*.int-spec.ts'],
    references,
  });
}
const all = [...packages.values()].map(({ dir }) => dir).sort();
await put('tsconfig.spec.json', {
  extends: './tsconfig.base.json',
  compilerOptions: {
    rootDir: '.',
    outDir: '.tsbuild/spec',
    tsBuildInfoFile: '.tsbuild/spec/.tsbuildinfo',
    emitDeclarationOnly: true,
  },
  include: [
    'apps/*/src/**/*.spec.ts',
    'libs/*/src/**/*.spec.ts',
    'apps/*/src/**/*.int-spec.ts',
    'libs/*/src/**/*.int-spec.ts',
    'test/**/*.ts',
  ],
  references: all.map((path) => ({ path })),
});
await put('tsconfig.json', {
  files: [],
  references: [...all, 'tsconfig.spec.json'].map((path) => ({ path })),
});
process.exitCode = check && stale > 0 ? 1 : 0;
