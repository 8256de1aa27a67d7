import { Command, CommanderError } from 'commander';
import { SettingsError } from '@keywatch/platform';
import { CommandError } from './command-error.js';
import { registerAlerts } from './commands/alerts.command.js';
import { registerDemo } from './commands/demo.command.js';
import { registerDoctor } from './commands/doctor.command.js';
import { registerGenerate } from './commands/generate.command.js';
import { registerImport } from './commands/import.command.js';
import { registerRanges } from './commands/ranges.command.js';
import { registerReport } from './commands/report.command.js';
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
  registerGenerate,
  registerVerify,
  registerDoctor,
  registerRanges,
] as const;

/** Exit codes: 0 done; 1 done, and something is wrong (verify, doctor, rejected records); 2 it could not be done. */
const CANNOT = 2;

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
    .showHelpAfterError('(keywatch help shows what there is)')
    .exitOverride();
  for (const register of COMMANDS) register(program);
  // Subcommands made before exitOverride would end the process by themselves.
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  // commander has printed its message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : CANNOT;
  if (error instanceof CommandError) {
    tell(error.message);
    return error.exitCode;
  }
  if (error instanceof SettingsError) {
    tell(error.message);
    return CANNOT;
  }
  if ((error as Error).name === 'AbortError') return 130;
  if (isClosedOutput(error)) return 0;
  tell(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return CANNOT;
}
