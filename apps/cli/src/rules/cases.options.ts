import type { Command } from 'commander';
import { untilInterrupted } from '../interrupt.js';
import { say, tell } from '../output/say.js';
import { cliSettings } from '../settings.js';
import { resultInWords, resultsAsJson, summaryInWords } from './cases-text.js';
import { readCases, runCases, type FileResult } from './run-cases.js';
import { heldPolicy, textOf } from './settings-file.js';

interface Options {
  readonly json?: true;
  readonly data?: string;
  readonly file?: string;
}

/** `keywatch rules test` */
export function registerTest(rules: Command): void {
  rules
    .command('test')
    .description('run your own cases (YAML); exit code 1 where one fails')
    .argument(
      '<cases...>',
      'YAML files with cases: [{name, rule, given, when or (sweeps) asOf, then}]',
    )
    .option('--file <path>', 'settings file (default: the one that detection follows)')
    .option('--data <dir>', 'data folder, where keywatch.yaml is looked for')
    .option('--json', 'print JSON')
    .action(run);
}

async function run(paths: string[], { json, data, file }: Options): Promise<void> {
  const settings = cliSettings();
  const { policy } = await heldPolicy(settings, data, file);
  const texts = await Promise.all(
    paths.map(async (path) => ({ file: path, text: await textOf(path) })),
  );
  const files = readCases(texts, settings.KEYWATCH_DETECT_LATENESS_MINUTES * 60_000);
  const results: FileResult[] = [];
  await runCases(files, {
    policy,
    signal: untilInterrupted().signal,
    onResult: (result) => {
      results.push(result);
      if (json !== true) say(resultInWords(result));
    },
    onProgress: tell,
  });
  say(json === true ? resultsAsJson(results) : summaryInWords(results));
  if (results.some(({ problem }) => problem !== undefined)) process.exitCode = 1;
}
