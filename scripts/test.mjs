// Everything that must hold before a change lands, one step after the other; the last line counts the tests as the
// runner reported them. A step that fails doesn't hide the next ones.
//   npm test                      all steps
//   npm test -- unit lint         only these
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';

const RESULTS = '.cache/test-results';
const JEST = ['unit', 'integration', 'long'];

const jest = (project, ...rest) => [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '--selectProjects',
  project,
  '--json',
  `--outputFile=${RESULTS}/${project}.json`,
  ...rest,
];

/** Arguments of node, by step. */
const STEPS = {
  types: ['node_modules/typescript/bin/tsc', '-b'],
  references: ['scripts/sync-tsconfigs.mjs', '--check'],
  format: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
  lint: ['node_modules/eslint/bin/eslint.js', '.'],
  boundaries: [
    'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
    '--config',
    '.dependency-cruiser.cjs',
    'apps',
    'libs',
    'test',
  ],
  docs: ['scripts/docs.mjs', '--check'],
  unit: jest('unit', '--testTimeout=30000'),
  // Real brokers and engines: suites wait for them more than they compute, so two share the cores.
  integration: jest('integration', '--maxWorkers=2', '--testTimeout=60000'),
  long: jest('long', '--runInBand', '--testTimeout=1800000'),
};
/** Runs only when it is named. */
const ON_DEMAND = new Set(['long']);

const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in STEPS));
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(', ')}. There are ${Object.keys(STEPS).join(', ')}.`);
  process.exit(2);
}
const wanted = named.length > 0 ? named : Object.keys(STEPS).filter((name) => !ON_DEMAND.has(name));

function run(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      stdio: 'inherit',
      env: { ...process.env, NODE_ENV: 'test' },
    });
    child.once('exit', (code) => resolve(code ?? 1));
    child.once('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
  });
}

/** Counts of one jest project; undefined where it left no report. */
function countsOf(project) {
  let report;
  try {
    report = JSON.parse(readFileSync(`${RESULTS}/${project}.json`, 'utf8'));
  } catch {
    return undefined;
  }
  const skipped = report.testResults
    .flatMap((suite) => suite.assertionResults)
    .filter(({ status }) => status === 'pending' || status === 'todo')
    .map(({ fullName }) => fullName);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped,
  };
}

rmSync(RESULTS, { recursive: true, force: true });
mkdirSync(RESULTS, { recursive: true });
const lines = [];
const total = { passed: 0, failed: 0, skipped: [] };
for (const name of wanted) {
  console.log(`\n== ${name}`);
  const started = performance.now();
  const code = await run(STEPS[name]);
  const seconds = Math.round((performance.now() - started) / 1000);
  lines.push(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  const counts = JEST.includes(name) ? countsOf(name) : undefined;
  if (counts !== undefined) {
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped.push(...counts.skipped);
  }
  // A step that is no test, or a runner that ended without counting, fails as one.
  if (code !== 0 && (counts === undefined || counts.failed === 0)) total.failed += 1;
}

console.log(`\n${lines.join('\n')}`);
if (total.skipped.length > 0) {
  console.log('\nSkipped; the reason of each stands in the output above:');
  for (const name of total.skipped) console.log(`  ${name}`);
}
const ranTests = wanted.some((name) => JEST.includes(name));
if (ranTests && total.passed === 0) {
  console.error('No test ran.');
  total.failed = Math.max(total.failed, 1);
}
const skippedPart = total.skipped.length > 0 ? `, ${total.skipped.length} skipped` : '';
if (ranTests) console.log(`\n${total.passed} passed, ${total.failed} failed${skippedPart}`);
process.exitCode = total.failed > 0 ? 1 : 0;
