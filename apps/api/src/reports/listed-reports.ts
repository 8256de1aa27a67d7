import {
  columnsOf,
  parametersOf as ownParameters,
  REPORTS,
  type Column,
  type Parameter,
} from '@keywatch/reports';
import type { z } from 'zod';
import { FORMATS } from './formats.js';

export interface ListedReport {
  readonly id: string;
  readonly title: string;
  readonly question: string;
  readonly about: string;
  readonly path: string;
  readonly params: readonly Parameter[];
  /** The columns that rows may have, by shape; the parameters decide which. */
  readonly rows: Readonly<Record<string, readonly Column[]>>;
}

/** Parameters of a report or list, `format` among them. */
export function parametersOf(params: z.ZodObject): Parameter[] {
  const about =
    'json holds completeness and the next page; csv, ndjson and parquet give rows, completeness in headers; html is for printing';
  return [
    ...ownParameters(params),
    {
      name: 'format',
      about,
      required: false,
      schema: { type: 'string', enum: [...FORMATS], default: 'json' },
    },
  ];
}

export function listedReports(): ListedReport[] {
  return REPORTS.map(({ id, title, question, about, params, rows }) => ({
    id,
    title,
    question,
    about,
    path: `/api/v1/reports/${id}`,
    params: parametersOf(params),
    rows: Object.fromEntries(Object.entries(rows).map(([shape, row]) => [shape, columnsOf(row)])),
  }));
}
