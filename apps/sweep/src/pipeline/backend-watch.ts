import type { BackendLook } from '@keywatch/detection';

/** Since when a server gives no answer, from one look to the next. */
export class BackendWatch {
  private sinceMs: number | undefined;
  private untilMs: number | undefined;
  private reason: string | undefined;

  constructor(private readonly name: BackendLook['name']) {}

  /** @param reason why it gave no answer; undefined: it did */
  looked(atMs: number, reason: string | undefined): void {
    if (reason === undefined) {
      if (this.sinceMs !== undefined) this.untilMs ??= atMs;
      return;
    }
    // Away once more before anybody was told that it was back: one time, whose end is to come.
    this.untilMs = undefined;
    this.sinceMs ??= atMs;
    this.reason = reason;
  }

  /** What happened is told, or too short to be told. */
  settled(): void {
    if (this.untilMs === undefined) return;
    this.sinceMs = undefined;
    this.untilMs = undefined;
    this.reason = undefined;
  }

  get isAway(): boolean {
    return this.sinceMs !== undefined && this.untilMs === undefined;
  }

  get look(): BackendLook {
    const { name, sinceMs, untilMs, reason } = this;
    return { name, sinceMs, untilMs, reason };
  }
}
