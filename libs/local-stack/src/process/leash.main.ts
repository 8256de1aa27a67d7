/**
 * The leash: runs a command that knows nothing of us (a Java program) and sees to it that the command ends when we do.
 *
 *   node leash.main.js GRACE_MS COMMAND [ARGUMENT...]
 *
 * Its standard input is a pipe from the one who holds it. The system closes that pipe when the holder ends, also by
 * kill -9; the leash then asks the command to end (SIGTERM) and, after GRACE_MS, forces it (SIGKILL). On Linux the
 * command also dies with the leash itself (PR_SET_PDEATHSIG, by setpriv of util-linux). Its exit code is the command's,
 * 128 + n for signal n, or 127 when the command can't be started. Over the IPC channel it names the command's pid.
 *
 * Imports nothing but Node, so that it starts fast and runs from source as well as from the build.
 */
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';

const [grace = '', command = '', ...args] = process.argv.slice(2);
const graceMs = Number(grace);

const tied = diesWithParent() ? ['setpriv', '--pdeathsig', 'KILL', '--'] : [];
const [file = '', ...rest] = tied.concat(command, args);
const child = spawn(file, rest, { stdio: ['ignore', 'inherit', 'inherit'] });

child.on('error', (error) => {
  console.error(`cannot start ${command}: ${error.message}`);
  process.exit(127);
});
child.on('exit', (code, signal) => {
  process.exit(code ?? 128 + constants.signals[signal ?? 'SIGKILL']);
});

let ending = false;
function end(): void {
  if (ending) return;
  ending = true;
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), graceMs);
}

process.stdin.on('end', end).on('close', end).on('error', end).resume();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);

if (child.pid !== undefined) {
  // The holder may be gone already: then nobody needs the number.
  process.send?.({ pid: child.pid }, undefined, {}, () => undefined);
}
process.on('disconnect', end);

function diesWithParent(): boolean {
  if (process.platform !== 'linux') return false;
  return (
    spawnSync('setpriv', ['--pdeathsig', 'KILL', '--', 'true'], { stdio: 'ignore' }).status === 0
  );
}
