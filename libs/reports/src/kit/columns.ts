import { z } from 'zod';

/** What a column of a report holds, for a table's head, documentation and other programs. */
export interface Column {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'object';
  /** A text that is a time; missing: any text. */
  readonly format?: 'date-time';
  /** Missing values are null. */
  readonly nullable: boolean;
  /** requests, days, ms, bytes, ...; missing: none. */
  readonly unit?: string;
  /** Left out where there is little room: on a printed page. */
  readonly detail?: true;
}

/** Title, description and unit of a column, kept with its schema. */
export function column<S extends z.ZodType>(
  schema: S,
  title: string,
  about: string,
  unit?: string,
): S {
  return schema.meta({ title, description: about, ...(unit === undefined ? {} : { unit }) });
}

/** A column that is left out where there is little room. */
export function detail<S extends z.ZodType>(schema: S): S {
  return schema.meta({ ...schema.meta(), detail: true });
}

/** A time in a row: RFC 3339 in UTC with milliseconds. */
export const isoTime = z.iso.datetime({ precision: 3 });

/** The columns of a row, in order. @throws Error for a column without title and description. */
export function columnsOf(row: z.ZodObject): Column[] {
  return Object.entries(row.shape).map(([name, schema]) => {
    const meta = (schema as z.ZodType).meta() as Readonly<Record<string, unknown>> | undefined;
    const { title, description, unit, detail: isDetail } = meta ?? {};
    if (typeof title !== 'string' || typeof description !== 'string') {
      throw new Error(`The column ${name} has no title or description.`);
    }
    const inner = (schema instanceof z.ZodNullable ? schema.unwrap() : schema) as z.ZodType;
    return {
      name,
      title,
      about: description,
      ...typeOf(inner, name),
      nullable: schema instanceof z.ZodNullable,
      ...(typeof unit === 'string' ? { unit } : {}),
      ...(isDetail === true ? { detail: true as const } : {}),
    };
  });
}

const TYPES = new Set<string>(['string', 'integer', 'number', 'boolean', 'object']);

function typeOf(schema: z.ZodType, name: string): Pick<Column, 'type' | 'format'> {
  const { type, format } = z.toJSONSchema(schema);
  if (typeof type !== 'string' || !TYPES.has(type)) {
    throw new Error(`The column ${name} is of a type that a table can't show.`);
  }
  return {
    type: type as Column['type'],
    ...(format === 'date-time' ? { format } : {}),
  };
}
