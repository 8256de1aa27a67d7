/** One line (or several) for the person at the terminal, on standard output. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Progress and warnings, on standard error: standard output stays what was asked for. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
