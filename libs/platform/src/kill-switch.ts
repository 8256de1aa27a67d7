/** For failure tests: kills this process, as kill -9 does, when a step of its work is passed for the Nth time. */
export class KillSwitch<Step extends string = string> {
  private readonly step: string | undefined;
  private left: number;

  /** @param at STEP:N, or undefined: never. */
  constructor(
    at: string | undefined,
    private readonly kill: () => void = () => process.kill(process.pid, 'SIGKILL'),
  ) {
    const [step, count] = at?.split(':') ?? [];
    this.step = step;
    this.left = Number(count ?? 0);
  }

  passed(step: Step): void {
    if (step !== this.step) return;
    this.left -= 1;
    if (this.left === 0) this.kill();
  }
}
