import type { AlertEvent, KeyEvent } from '@keywatch/events';

/** What detection needs of the engine that folds events into records; the engine of @keywatch/detection is one. */
export interface FoldEngine<R> {
  recordKey(event: KeyEvent): string;
  fold(
    record: R | undefined,
    event: KeyEvent,
    position: { readonly partition: number; readonly offset: number; readonly logTimeMs: number },
  ): { readonly record: R; readonly alerts: readonly AlertEvent[]; readonly outcome: FoldOutcome };
  serialize(record: R): string;
  deserialize(text: string): R;
  expired(record: R, nowLogTimeMs: number): boolean;
}

export type FoldOutcome = 'folded' | 'already-folded' | 'duplicate' | 'late' | 'timeless';
