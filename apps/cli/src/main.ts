import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { CommandError } from './command-error.js';
import { registerAlerts } from './commands/alerts.command.js';
import { registerDeadLetters } from './commands/dead-letters.command.js';
import { registerDemo } from './commands/demo.command.js';
import { registerDetect } from './commands/detect.command.js';
import { registerDoctor } from './commands/doctor.command.js';
import { registerGenerate } from './commands/generate.command.js';
import { registerImport } from './commands/import.command.js';
import { registerKeyState } from './commands/key-state.command.js';
import { registerRanges } from './commands/ranges.command.js';
import { registerRebuild } from './commands/rebuild.command.js';
import { registerReport } from './commands/report.command.js';
import { registerRules } from './commands/rules.command.js';
import { registerSilence } from './commands/silence.command.js';
import { registerSql } from './commands/sql.command.js';
import { registerUp } from './commands/up.command.js';
import { registerVerify } from './commands/verify.command.js';
import { endWithReader, isClosedOutput } from './output/closed-output.js';
import { tell } from './output/say.js';

const COMMANDS = [
  registerDemo,
  registerUp,
  registerImport,
  registerReport,
  registerAlerts,
  registerSilence,
  registerGenerate,
  registerVerify,
  registerDoctor,
  registerRanges,
  registerDeadLetters,
  registerRebuild,
  registerDetect,
  registerRules,
  registerSql,
  registerKeyState,
] as const;

/**
 * Exit codes: 0 done; 1 done, and something is wrong (verify, doctor, rejected records); 2 it could not be done;
 * 130 ended by Ctrl-C.
 */
const CANNOT = 2;
const INTERRUPTED = 130;

/** What runs is told as by Ctrl-C; a command that has nothing to put away ends at once. */
function endWithoutReader(): void {
  if (process.listenerCount('SIGTERM') > 0) process.emit('SIGTERM');
  else process.exit();
}

/** The `keywatch` command. @param argv arguments without node and script */
export async function run(argv: readonly string[]): Promise<void> {
  endWithReader([process.stdout, process.stderr], endWithoutReader);
  const program = new Command('keywatch')
    .description(
      'Watches how API keys are used: exactly-once usage reports and replay-stable alerts.',
    )
    .version(version())
    // Set before the commands are made, which inherit it: else theirs would end the process by themselves.
    .showHelpAfterError('(keywatch help shows what there is)')
    .exitOverride();
  for (const register of COMMANDS) register(program);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    const code = exitCodeOf(error);
    if (code !== undefined) process.exitCode = code;
  }
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** undefined: what stands. */
function exitCodeOf(error: unknown): number | undefined {
  // commander has printed its message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : CANNOT;
  if (isClosedOutput(error)) return undefined;
  if ((error as Error).name === 'AbortError') return INTERRUPTED;
  tell(wordsOf(error));
  return error instanceof CommandError ? error.exitCode : CANNOT;
}

/** Errors are sentences for whoever runs the command; a fault of the program shows where it is. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isFault = [TypeError, RangeError, ReferenceError, SyntaxError].some(
    (kind) => error instanceof kind,
  );
  return isFault ? (error.stack ?? error.message) : error.message;
}
