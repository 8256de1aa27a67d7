import type { ProcessState } from '@keywatch/local-stack';
import { HISTORY } from '../stack/start-stack.js';

/** Progress on standard error: one line that changes on a terminal, one line per step elsewhere. */
export class Progress {
  private open = false;
  private readonly started = performance.now();

  constructor(
    private readonly out: { write(text: string): unknown; isTTY?: boolean },
    private readonly quiet: boolean,
  ) {}

  /** A step that is done. */
  done(line: string): void {
    this.write(`${this.clock()} ${line}\n`);
  }

  /** The state of the step under way; replaced by the next. Shown on terminals only. */
  now(line: string): void {
    if (this.out.isTTY === true && !this.quiet) {
      this.out.write(`\r\u001b[2K${this.clock()} ${line}`);
      this.open = true;
    }
  }

  process({ name, state, lastEnd }: ProcessState): void {
    // A step of the start order, not a process.
    if (name === HISTORY) return;
    if (state === 'up') this.done(`${name} is up`);
    else if (state === 'starting') this.now(`${name} starts…`);
    else if (state === 'restarting' || state === 'gave-up')
      this.done(`${name} ${lastEnd ?? 'ended'} (${state})`);
  }

  private clock(): string {
    return `${((performance.now() - this.started) / 1000).toFixed(1).padStart(6)} s`;
  }

  private write(text: string): void {
    if (this.quiet) return;
    if (this.open) this.out.write('\r\u001b[2K');
    this.open = false;
    this.out.write(text);
  }
}
