import { columnsOf, REPORTS, type Column } from '@keywatch/reports';
import { z } from 'zod';
import { FORMATS } from './formats.js';

/** A parameter as a person gives it. */
export interface ListedParameter {
  readonly name: string;
  readonly about: string;
  readonly required: boolean;
  /** JSON Schema of the value; a list is given by repeating the parameter. */
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface ListedReport {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly path: string;
  readonly params: readonly ListedParameter[];
  /** The columns that rows may have, by shape; the parameters decide which. */
  readonly rows: Readonly<Record<string, readonly Column[]>>;
}

/** Parameters of a report or list, `format` among them. */
export function parametersOf(params: z.ZodObject): ListedParameter[] {
  const { properties, required = [] } = z.toJSONSchema(params, { io: 'input' });
  const own = Object.entries(properties ?? {}).map(([name, property]): ListedParameter => {
    const { description = '', ...schema } = property as Record<string, unknown>;
    return { name, about: description as string, required: required.includes(name), schema };
  });
  const about =
    'json holds completeness and the next page; csv and ndjson give rows, completeness in headers';
  return [
    ...own,
    {
      name: 'format',
      about,
      required: false,
      schema: { type: 'string', enum: [...FORMATS], default: 'json' },
    },
  ];
}

export function listedReports(): ListedReport[] {
  return REPORTS.map(({ id, title, about, params, rows }) => ({
    id,
    title,
    about,
    path: `/api/v1/reports/${id}`,
    params: parametersOf(params),
    rows: Object.fromEntries(Object.entries(rows).map(([shape, row]) => [shape, columnsOf(row)])),
  }));
}
