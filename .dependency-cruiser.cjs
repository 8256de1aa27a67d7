// The arrows of the house. Each rule's comment is what a newcomer reads when it fails.
const { existsSync, readdirSync, readFileSync } = require('node:fs');

const PURE = ['events', 'sources', 'traffic', 'keys', 'detection', 'alerting', 'reports'];
const ADAPTERS = ['kafka', 'clickhouse', 'channels', 'platform', 'local-stack'];
const pure = `^libs/(${PURE.join('|')})/`;
const SPECS = '\\.(spec|int-spec|long-spec)\\.ts$';

/** One rule per package: it may import only the workspaces that its package.json declares. */
function declaredOnly() {
  const all = ['libs', 'apps'].flatMap((kind) =>
    readdirSync(kind)
      .filter((name) => existsSync(`${kind}/${name}/package.json`))
      .map((name) => ({
        dir: `${kind}/${name}`,
        name,
        json: JSON.parse(readFileSync(`${kind}/${name}/package.json`, 'utf8')),
      })),
  );
  return all.map(({ dir, json }) => {
    const allowed = all
      .filter((other) => json.dependencies?.[other.json.name] !== undefined)
      .map((other) => other.dir);
    return {
      name: `declared-in-${dir.replace('/', '-')}`,
      severity: 'error',
      comment: `${dir} imports a workspace that its package.json does not declare; add it there (and run node scripts/sync-tsconfigs.mjs), or don't import it.`,
      from: { path: `^${dir}/`, pathNot: SPECS },
      to: { path: '^(apps|libs)/', pathNot: [`^${dir}/`, ...allowed.map((d) => `^${d}/`)] },
    };
  });
}

const clientOnlyIn = (client, lib) => ({
  name: `${client.replace(/[^a-z]/g, '')}-only-in-${lib}`,
  severity: 'error',
  comment: `Only libs/${lib} talks to ${client}; import what you need from @keywatch/${lib}.`,
  from: { path: '^(apps|libs|test)/', pathNot: `^libs/${lib}/` },
  to: { path: `node_modules/${client}/` },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment:
        'An import cycle dies at start under ESM with decorator metadata; move the shared part to a file of its own.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'This import leads nowhere.',
      from: {},
      to: { couldNotResolve: true },
    },
    clientOnlyIn('kafkajs', 'kafka'),
    clientOnlyIn('@clickhouse/client', 'clickhouse'),
    clientOnlyIn('chdb', 'local-stack'),
    clientOnlyIn('nodemailer', 'channels'),
    {
      name: 'pure-without-nest',
      severity: 'error',
      comment:
        'Pure libraries know no framework, no clock and no I/O, so that a replay gives the same answer; put adapters in an adapter library.',
      from: { path: pure, pathNot: SPECS },
      to: {
        path: '^(node_modules/(@nestjs|rxjs|pino|prom-client)|node:(fs|net|http|https|child_process|os|dns)|(fs|net|http|https|child_process|os|dns)$)',
      },
    },
    {
      name: 'pure-imports-pure',
      severity: 'error',
      comment: 'A pure library may import only pure libraries.',
      from: { path: pure, pathNot: SPECS },
      to: { path: '^(libs|apps)/', pathNot: pure },
    },
    {
      name: 'adapters-import-pure-or-platform',
      severity: 'error',
      comment:
        'An adapter may import pure libraries and libs/platform, no other adapter; the app joins them.',
      from: { path: `^libs/(${ADAPTERS.join('|')})/`, pathNot: SPECS },
      to: { path: '^(libs|apps)/', pathNot: [pure, '^libs/platform/', '^libs/$1/'] },
    },
    {
      name: 'nobody-imports-apps',
      severity: 'error',
      comment: 'Apps meet on topics and in ClickHouse; nobody imports an app.',
      from: { path: '^(libs|apps/([^/]+))/' },
      to: { path: '^apps/', pathNot: '^apps/$2/' },
    },
    {
      name: 'through-the-index',
      severity: 'error',
      comment: "A library's files are its own; import from its index.",
      from: { path: '^(apps|libs)/([^/]+)/' },
      to: { path: '^libs/([^/]+)/src/', pathNot: ['^libs/[^/]+/src/index\\.ts$', '^$1/$2/'] },
    },
    {
      name: 'testing-in-specs-only',
      severity: 'error',
      comment: 'libs/testing is for specs.',
      from: { path: '^(apps|libs)/', pathNot: [SPECS, '^libs/testing/'] },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'no-dev-dependency-in-shipped-code',
      severity: 'error',
      comment:
        'Shipped code imports a package that is only a devDependency, or that no package.json declares.',
      from: { path: '^(apps|libs)/', pathNot: [SPECS, '^libs/testing/'] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    ...declaredOnly(),
  ],
  options: {
    combinedDependencies: false,
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(apps|libs)/[^/]+/dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@keywatch/source', 'import', 'node', 'default'],
    },
  },
};
