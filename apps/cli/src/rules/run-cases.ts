import {
  FileProblems,
  parseCases,
  runStreamCase,
  runSweepCase,
  type CaseResult,
  type DetectionPolicy,
  type RuleCase,
} from '@keywatch/detection';
import { CommandError } from '../command-error.js';
import { startCaseEngine, type CaseEngine } from './case-engine.js';

/** A file of cases. */
export interface CaseFile {
  readonly file: string;
  readonly cases: readonly RuleCase[];
}

export interface FileResult extends CaseResult {
  readonly file: string;
}

export interface RunOptions {
  readonly policy: DetectionPolicy;
  /** Ends what is under way, and the engine. */
  readonly signal: AbortSignal;
  readonly onResult: (result: FileResult) => void;
  readonly onProgress: (text: string) => void;
}

/**
 * @param latenessMs how late an event may come; missing: as detection has it by default
 * @throws CommandError (exit code 1) with everything that is wrong with any of the files.
 */
export function readCases(
  texts: readonly { file: string; text: string }[],
  latenessMs?: number,
): CaseFile[] {
  const wrong: string[] = [];
  const files = texts.flatMap(({ file, text }): CaseFile[] => {
    try {
      return [{ file, cases: parseCases(text, file, latenessMs) }];
    } catch (error) {
      if (!(error instanceof FileProblems)) throw error;
      wrong.push(error.message);
      return [];
    }
  });
  if (wrong.length > 0) throw new CommandError(wrong.join('\n'), 1);
  return files;
}

/** Runs the cases one after the other. An engine is started for the first case of a sweep, and ends with the last. */
export async function runCases(
  files: readonly CaseFile[],
  { policy, signal, onResult, onProgress }: RunOptions,
): Promise<void> {
  let engine: CaseEngine | undefined;
  try {
    for (const { file, cases } of files) {
      for (const one of cases) {
        signal.throwIfAborted();
        if (one.kind === 'stream') {
          onResult({ file, ...runStreamCase(one, policy) });
          continue;
        }
        engine ??= await started(signal, onProgress);
        const result = await runSweepCase(one, policy, await engine.emptyStore());
        onResult({ file, ...result });
      }
    }
  } catch (error) {
    // What breaks off because it was told to end is no failure of its own.
    signal.throwIfAborted();
    throw error;
  } finally {
    await engine?.stop();
  }
}

async function started(
  signal: AbortSignal,
  onProgress: RunOptions['onProgress'],
): Promise<CaseEngine> {
  const startMs = performance.now();
  onProgress('Starting an embedded ClickHouse for the cases of sweeps ...');
  const engine = await startCaseEngine(signal);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  onProgress(`... it is up after ${seconds} s, in a temporary folder that goes with it.`);
  return engine;
}
