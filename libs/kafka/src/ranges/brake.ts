import type { Gate } from './gate.js';
import type { RangeContext } from './ports.js';

/** Stops the fetches of one partition, for whatever reason, and lets them go on. */
export class Brake {
  private resume: (() => void) | undefined;

  pause(context: RangeContext): void {
    this.resume ??= context.pause();
  }

  /** Pauses until the gate opens. */
  pauseAt(gate: Gate, context: RangeContext): void {
    this.pause(context);
    const stop = gate.whenOpen(() => {
      this.goOn();
    });
    const { resume } = this;
    this.resume = () => {
      stop();
      resume?.();
    };
  }

  goOn(): void {
    const { resume } = this;
    this.resume = undefined;
    resume?.();
  }
}
