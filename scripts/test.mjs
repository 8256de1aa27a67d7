// Everything that must hold before a change lands, one step after the other; the last line counts the tests as the
// runner reported them. A step that fails doesn't hide the next ones.
//   npm test                      all steps
//   npm test -- unit lint         only these
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { makeTestFolder } from './test-folder.mjs';

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
  lint: ['node_modules/eslint/bin/eslint.js', '.'],
  // Real brokers and engines: a suite that waits for one leaves its core to the other.
  integration: jest('integration', '--maxWorkers=2', '--testTimeout=60000'),
  long: jest('long', '--runInBand', '--testTimeout=1800000'),
};
/** Runs only when it is named. */
const ON_DEMAND = new Set(['long']);
/** Takes as long as those before it together, on one core each: starts beside them, and tells what it has in its turn. */
const ASIDE = 'lint';
const BESIDE = new Set(['references', 'format', 'boundaries', 'docs', 'unit']);

const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in STEPS));
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(', ')}. There are ${Object.keys(STEPS).join(', ')}.`);
  process.exit(2);
}
const wanted = named.length > 0 ? named : Object.keys(STEPS).filter((name) => !ON_DEMAND.has(name));

const running = new Set();

/** @returns exit code, seconds, and what it printed where that was not to be seen at once */
function run(args, { quiet = false, tmp }) {
  const started = performance.now();
  let printed = '';
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      stdio: ['inherit', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
      env: { ...process.env, NODE_ENV: 'test', ...(tmp === undefined ? {} : { TMPDIR: tmp }) },
    });
    running.add(child);
    const ended = (code) => {
      running.delete(child);
      resolve({ code, printed, seconds: Math.round((performance.now() - started) / 1000) });
    };
    for (const stream of quiet ? [child.stdout, child.stderr] : [])
      stream.setEncoding('utf8').on('data', (text) => (printed += text));
    child.once('close', (code) => ended(code ?? 1));
    child.once('error', (error) => {
      console.error(error.message);
      ended(1);
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
const folder = wanted.some((name) => JEST.includes(name)) ? makeTestFolder() : undefined;
process.once('exit', () => folder?.remove());
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupted = true;
    // Ctrl-C has reached them too; the one that has to end them may be asked twice.
    for (const child of running) child.kill('SIGTERM');
  });
}
if (folder !== undefined) console.log(`Temporary files: ${folder.where}`);

const lines = [];
const total = { passed: 0, failed: 0, skipped: [] };
let aside;
for (const name of wanted) {
  if (interrupted) break;
  if (aside === undefined && BESIDE.has(name) && wanted.includes(ASIDE))
    aside = run(STEPS[ASIDE], { quiet: true });
  const inTurn = name === ASIDE ? aside : undefined;
  console.log(`\n== ${name}`);
  const { code, printed, seconds } = await (inTurn ??
    run(STEPS[name], { tmp: JEST.includes(name) ? folder?.path : undefined }));
  process.stdout.write(printed);
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

if (interrupted) process.exit(130);

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
