/** Which keys were taken up on which day though nobody had issued them. */
export class Admissions {
  private readonly perDay = new Map<number, number>();

  /** @param days day (since 1970) by key, taken over as they are. */
  constructor(private readonly days: Map<string, number>) {
    for (const day of days.values()) this.count(day, 1);
  }

  dayOf(key: string): number | undefined {
    return this.days.get(key);
  }

  countOn(day: number): number {
    return this.perDay.get(day) ?? 0;
  }

  add(key: string, day: number): void {
    const before = this.days.get(key);
    if (before !== undefined) this.count(before, -1);
    this.days.set(key, day);
    this.count(day, 1);
  }

  /** Forgets the days before this one. */
  forgetBefore(day: number): void {
    let isOld = false;
    for (const known of this.perDay.keys()) isOld ||= known < day;
    if (!isOld) return;
    for (const [key, admitted] of this.days) if (admitted < day) this.days.delete(key);
    for (const known of this.perDay.keys()) if (known < day) this.perDay.delete(known);
  }

  private count(day: number, by: number): void {
    this.perDay.set(day, this.countOn(day) + by);
  }
}
