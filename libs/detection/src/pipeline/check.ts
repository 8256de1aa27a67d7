import type { Severity } from '@keywatch/events';
import type { z } from 'zod';
import type { Runbook } from '../runbook.js';

/** A check of the monitor itself: it looks at how the log gets on, not at keys. */
export interface PipelineCheck<Schema extends z.ZodObject = z.ZodObject> {
  /** Kebab case, as the file's name. Part of every alert id: never change it. */
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly description: string;
  readonly runbook: Runbook;
  /** Highest severity it gives. */
  readonly severity: Severity;
  /** A strict zod object; every member has a default and a description. */
  readonly settings: Schema;
  readonly kind: 'pipeline';
}
