/** A telling of an alert: the same finding with the same evidence has the same id. */
export interface Telling {
  readonly id: string;
  readonly alertId: string;
  readonly rule: string;
  readonly tenantId: string;
  readonly keyId: string;
  /** Log time in ms of the event that completed it. */
  readonly detectedAtMs: number;
  /** Why the other side may not have it, for a person; empty: nothing explains it. */
  readonly why: string;
}

/** Numbers of alerts of one rule. */
export interface RuleDifference {
  readonly rule: string;
  /** Told then and now with the same evidence. */
  readonly same: number;
  /** Told then and now, not always with the same evidence. */
  readonly otherEvidence: number;
  readonly onlyNow: number;
  readonly onlyThen: number;
}

export interface Differences {
  /** In alphabetical order. */
  readonly rules: readonly RuleDifference[];
  /** One telling of each alert that the other side doesn't have, oldest first. */
  readonly onlyNow: readonly Telling[];
  readonly onlyThen: readonly Telling[];
}

interface AlertSides {
  readonly rule: string;
  now: Telling | undefined;
  then: Telling | undefined;
  differs: boolean;
}

/** Alerts of a replay beside those that are stored, by their ids. Memory grows with the alerts, not with the events. */
export class Comparison {
  private readonly then = new Map<string, Telling>();
  private readonly now = new Map<string, Telling>();

  /** A telling that is stored. */
  addStored(telling: Telling): void {
    this.then.set(telling.id, telling);
  }

  /** A telling of the replay. @returns whether it is stored. */
  addReplayed(telling: Telling): boolean {
    this.now.set(telling.id, telling);
    return this.then.has(telling.id);
  }

  /** Tellings of the replay that aren't stored and were completed at this log time (ms) or later. */
  notStoredSince(timeMs: number): string[] {
    return [...this.now.values()]
      .filter(({ id, detectedAtMs }) => detectedAtMs >= timeMs && !this.then.has(id))
      .map(({ id }) => id);
  }

  differences(): Differences {
    const alerts = new Map<string, AlertSides>();
    const sidesOf = ({ alertId, rule }: Telling): AlertSides => {
      let sides = alerts.get(alertId);
      if (sides === undefined) {
        sides = { rule, now: undefined, then: undefined, differs: false };
        alerts.set(alertId, sides);
      }
      return sides;
    };
    for (const telling of this.now.values()) {
      const sides = sidesOf(telling);
      sides.now ??= telling;
      sides.differs ||= !this.then.has(telling.id);
    }
    for (const telling of this.then.values()) {
      const sides = sidesOf(telling);
      sides.then ??= telling;
      sides.differs ||= !this.now.has(telling.id);
    }
    const all = [...alerts.values()];
    const rules = [...new Set(all.map(({ rule }) => rule))].sort();
    return {
      rules: rules.map((rule) => countsOf(rule, all)),
      onlyNow: only(all.filter(({ then }) => then === undefined).map(({ now }) => now)),
      onlyThen: only(all.filter(({ now }) => now === undefined).map(({ then }) => then)),
    };
  }
}

function countsOf(rule: string, all: readonly AlertSides[]): RuleDifference {
  const own = all.filter((sides) => sides.rule === rule);
  const both = own.filter(({ now, then }) => now !== undefined && then !== undefined);
  const otherEvidence = both.filter(({ differs }) => differs).length;
  return {
    rule,
    same: both.length - otherEvidence,
    otherEvidence,
    onlyNow: own.filter(({ then }) => then === undefined).length,
    onlyThen: own.filter(({ now }) => now === undefined).length,
  };
}

function only(tellings: readonly (Telling | undefined)[]): Telling[] {
  return tellings
    .filter((telling) => telling !== undefined)
    .sort((a, b) => a.detectedAtMs - b.detectedAtMs || (a.id < b.id ? -1 : 1));
}
