import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { CommandError } from './command-error.js';
import { endWithReader, isClosedOutput } from './output/closed-output.js';
import { tell } from './output/say.js';

/** In the order of the help. What a command needs is loaded with it: half a second for all of them. */
const COMMANDS: readonly {
  readonly names: readonly string[];
  readonly load: () => Promise<(program: Command) => void>;
}[] = [
  { names: ['demo'], load: async () => (await import('./commands/demo.command.js')).registerDemo },
  { names: ['up'], load: async () => (await import('./commands/up.command.js')).registerUp },
  {
    names: ['import'],
    load: async () => (await import('./commands/import.command.js')).registerImport,
  },
  {
    names: ['report'],
    load: async () => (await import('./commands/report.command.js')).registerReport,
  },
  {
    names: ['alerts'],
    load: async () => (await import('./commands/alerts.command.js')).registerAlerts,
  },
  {
    names: ['silence'],
    load: async () => (await import('./commands/silence.command.js')).registerSilence,
  },
  {
    names: ['generate'],
    load: async () => (await import('./commands/generate.command.js')).registerGenerate,
  },
  {
    names: ['verify'],
    load: async () => (await import('./commands/verify.command.js')).registerVerify,
  },
  {
    names: ['doctor'],
    load: async () => (await import('./commands/doctor.command.js')).registerDoctor,
  },
  {
    names: ['ranges', 'topics'],
    load: async () => (await import('./commands/ranges.command.js')).registerRanges,
  },
  {
    names: ['dead-letters'],
    load: async () => (await import('./commands/dead-letters.command.js')).registerDeadLetters,
  },
  {
    names: ['rebuild'],
    load: async () => (await import('./commands/rebuild.command.js')).registerRebuild,
  },
  {
    names: ['detect'],
    load: async () => (await import('./commands/detect.command.js')).registerDetect,
  },
  {
    names: ['rules'],
    load: async () => (await import('./commands/rules.command.js')).registerRules,
  },
  { names: ['sql'], load: async () => (await import('./commands/sql.command.js')).registerSql },
  {
    names: ['key-state'],
    load: async () => (await import('./commands/key-state.command.js')).registerKeyState,
  },
];

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
    .exitOverride();
  for (const { load } of wanted(argv[0])) (await load())(program);
  hintAtHelp(program);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    const code = exitCodeOf(error);
    if (code !== undefined) process.exitCode = code;
  }
}

/** All of them for whatever is no command's name, help and mistyped names included. */
function wanted(first: string | undefined): typeof COMMANDS {
  const named = COMMANDS.filter(({ names }) => names.some((name) => name === first));
  return named.length > 0 ? named : COMMANDS;
}

/** An error leads to the help of the command that was typed, not to that of all. */
function hintAtHelp(command: Command, typed = command.name()): void {
  command.showHelpAfterError(
    command.parent === null
      ? '(keywatch help shows what there is)'
      : `(${typed} --help shows what it takes)`,
  );
  for (const child of command.commands) hintAtHelp(child, `${typed} ${child.name()}`);
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
