import type { FoldEngine } from './fold-engine.js';
import type { EffectiveSettings, SettingsChange } from './settings-timeline.js';

/** What holds at an offset. */
export interface EngineSpan<R> {
  readonly engine: FoldEngine<R>;
  readonly unknownKeys: number;
  /** First offset for which it doesn't hold any more. */
  readonly until: number;
}

/** The engine for each offset: one per change of settings that may still be replayed. */
export class EngineTimeline<R> {
  private readonly spans: readonly EngineSpan<R>[];

  constructor(
    changes: readonly SettingsChange[],
    create: (settings: EffectiveSettings) => FoldEngine<R>,
  ) {
    this.spans = changes.map(({ settings }, i) => ({
      engine: create(settings),
      unknownKeys: settings.unknownKeys,
      until: changes[i + 1]?.from ?? Infinity,
    }));
  }

  at(offset: number): EngineSpan<R> {
    const span = this.spans.find(({ until }) => offset < until);
    if (span === undefined) throw new Error('The settings have no record for this partition');
    return span;
  }
}
