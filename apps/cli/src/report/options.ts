import { InvalidArgumentError, Option, type Command } from 'commander';
import { parametersOf, type Parameter, type Report } from '@keywatch/reports';
import { collect, wholeNumber } from '../parse.js';

type Schema = Readonly<Record<string, unknown>>;

/** What a person gave, as the API takes it; keys by the names of the parameters. */
export type Given = Readonly<Record<string, string | readonly string[]>>;

/** Adds an option for each parameter of the report, with its description, values and default. */
export function addOptions(command: Command, { params }: Report): void {
  for (const parameter of parametersOf(params)) command.addOption(optionOf(parameter));
}

/** The parameters among the options that were given. */
export function givenTo({ params }: Report, options: Readonly<Record<string, unknown>>): Given {
  const entries = parametersOf(params).flatMap((parameter): [string, string | string[]][] => {
    const value = options[parameter.name];
    if (value === undefined) return [];
    // A switch that stands as it is by default need not be said.
    if (typeof value === 'boolean' && asText(value) === parameter.schema['default']) return [];
    return [[parameter.name, Array.isArray(value) ? (value as string[]) : asText(value)]];
  });
  return Object.fromEntries(entries);
}

function optionOf({ name, about, schema }: Parameter): Option {
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const words = schema['enum'] as readonly string[] | undefined;
  const text = `${about.slice(0, 1).toLowerCase()}${about.slice(1)}`;
  if (words?.join() === 'true,false') return switchOf(flag, text, schema);
  if (words !== undefined) {
    return new Option(`--${flag} <what>`, `${text}${defaultOf(schema)}`).choices(words);
  }
  if (schema['type'] === 'integer' || schema['type'] === 'number') {
    const least = Number(schema['minimum'] ?? 0);
    const most = Number(schema['maximum'] ?? Number.MAX_SAFE_INTEGER);
    return new Option(`--${flag} <n>`, `${text}${defaultOf(schema)}`).argParser(
      wholeNumber(least, most),
    );
  }
  return anyOf(flag, text, schema);
}

/** Said or not; what is on by default can be switched off. */
function switchOf(flag: string, text: string, schema: Schema): Option {
  if (schema['default'] === 'true') return new Option(`--no-${flag}`, `switches off ${text}`);
  if (schema['default'] === 'false') return new Option(`--${flag}`, text);
  return new Option(`--${flag} <true|false>`, text).choices(['true', 'false']);
}

function anyOf(flag: string, text: string, schema: Schema): Option {
  const kinds = (schema['anyOf'] ?? []) as readonly Schema[];
  const list = kinds.find(({ type }) => type === 'array');
  if (list !== undefined) {
    const { enum: words } = (list['items'] ?? {}) as { enum?: readonly string[] };
    const several = `${text}; may be given several times`;
    const option = new Option(`--${flag} <${flag}>`, several);
    return option.argParser((value: string, before: readonly string[] | undefined) =>
      collect(oneOf(words, value), before),
    );
  }
  if (kinds.some(({ format }) => format === 'date-time')) {
    return new Option(`--${flag} <time>`, `${text} (a time, or a date in UTC)`);
  }
  return new Option(`--${flag} <text>`, text);
}

function oneOf(words: readonly string[] | undefined, value: string): string {
  if (words === undefined || words.includes(value)) return value;
  throw new InvalidArgumentError(`It must be one of ${words.join(', ')}.`);
}

const defaultOf = (schema: Schema): string =>
  schema['default'] === undefined ? '' : ` (default: ${asText(schema['default'])})`;

/** Words and numbers, which is all that is given here. */
const asText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);
