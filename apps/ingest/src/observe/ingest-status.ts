/** Why ingest doesn't do its work at the moment, by what is affected; /health/ready shows it. */
export class IngestStatus {
  private readonly reasons = new Map<string, string>([['start', 'starting']]);

  /** @param about what is affected; one reason each */
  trouble(about: string, reason: string): void {
    this.reasons.set(about, reason);
  }

  fine(about: string): void {
    this.reasons.delete(about);
  }

  get problems(): readonly string[] {
    return [...this.reasons.values()];
  }
}
