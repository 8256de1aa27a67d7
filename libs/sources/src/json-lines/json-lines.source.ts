import {
  DEFAULT_TENANT,
  type KeyEventData,
  type KeyEventType,
  type OutgoingKeyEvent,
} from '@keywatch/events';
import { idAt } from '../members.js';
import type { JsonPointer } from '../settings/json-pointer.js';
import { keyName } from '../settings/key-name.js';
import { logTime } from '../settings/log-time.js';
import { checkedMapping } from '../settings/mapping-error.js';
import { PointerHits } from '../settings/pointer-hits.js';
import { Repeats } from '../settings/repeats.js';
import type { Rejected, Source, SourceKind, SourceOptions, SourceOutcome } from '../source.js';
import { FIELDS, TYPE_NAMES } from './fields.js';
import { jsonLinesMapping, type JsonLinesMapping, type ValueSpec } from './json-lines-mapping.js';

/**
 * Any log of JSON values, by a mapping that says with JSON pointers (RFC 6901) where a key event's members are. Only
 * what it names is taken. A record without an id is identified by its content.
 */
export const jsonLinesKind: SourceKind = {
  name: 'jsonl',
  mapping: 'needed',
  open(given): Source {
    const mapping = checkedMapping(jsonLinesMapping, given);
    const parts = { mapping, ids: new Repeats(mapping.equalLines), pointers: new PointerHits() };
    return {
      name: 'jsonl',
      events: (record, options) => eventsOf(record, parts, options),
      unmatched: () => parts.pointers.unmatched(pointersOf(mapping)),
    };
  },
};

interface Parts {
  readonly mapping: JsonLinesMapping;
  readonly ids: Repeats;
  readonly pointers: PointerHits;
}

/** Every pointer of a mapping, by the member that it fills. */
function pointersOf({ type, key, id, tenant, time, data }: JsonLinesMapping): Named[] {
  const named: readonly (readonly [
    string,
    { readonly pointer?: JsonPointer | undefined } | undefined,
  ])[] = [
    ['type', typeof type === 'string' ? undefined : type],
    ['key', key],
    ['id', id],
    ['tenant', tenant],
    ['time', time],
    ...Object.entries(data).map(([name, spec]) => [`data.${name}`, spec] as const),
  ];
  return named.flatMap(([name, spec]): Named[] =>
    spec?.pointer === undefined ? [] : [[name, spec.pointer]],
  );
}
type Named = readonly [member: string, pointer: JsonPointer];

function eventsOf(record: unknown, parts: Parts, { lane, tenantId }: SourceOptions): SourceOutcome {
  const { mapping, pointers } = parts;
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    return reject('not-an-object', 'a record is a JSON object');
  }
  const type = typeOf(record, parts);
  if (typeof type !== 'string') return type;
  const subject = subjectOf(record, parts);
  if (typeof subject !== 'string') return subject;
  const time = timeOf(record, parts);
  if (typeof time === 'object') return time;
  const data = dataOf(record, type, parts);
  if (isRejectedData(data)) return data;
  const id = idOf(record, parts);
  if (typeof id !== 'string') return id;
  const tenant = take(record, mapping.tenant, pointers);
  const event: OutgoingKeyEvent = {
    id,
    source: mapping.source,
    type,
    subject,
    ...(time === undefined ? {} : { time }),
    tenantid: shortText(tenant, 128) ?? tenantId ?? DEFAULT_TENANT,
    lane,
    data,
  };
  return { events: [event] };
}

const reject = (rejected: string, error: string): Rejected => ({ rejected, error });

function typeOf(
  record: object,
  { mapping: { type }, pointers }: Parts,
): KeyEventType | SourceOutcome {
  const byName = (name: string): KeyEventType | SourceOutcome =>
    TYPE_NAMES.get(name) ?? reject('unknown-type', 'the mapping names no type for this record');
  if (typeof type === 'string') return byName(type);
  const value = pointers.valueAt(record, type.pointer);
  const named = isScalar(value) ? own(type.values, String(value)) : undefined;
  if (named !== undefined) return byName(named);
  if (type.otherwise === 'skip') return { events: [], skipped: 'other-type' };
  return byName(type.otherwise);
}

function subjectOf(record: object, { mapping: { key }, pointers }: Parts): string | SourceOutcome {
  const value = pointers.valueAt(record, key.pointer);
  const found = isScalar(value) ? String(value) : '';
  const name = found === '' ? undefined : keyName(found, key, 'public');
  if (name !== undefined) return name;
  return key.missing === 'skip'
    ? { events: [], skipped: 'no-key' }
    : reject('no-key', `no key at /${key.pointer.join('/')}`);
}

function timeOf(
  record: object,
  { mapping: { time }, pointers }: Parts,
): string | undefined | Rejected {
  if (time === undefined) return undefined;
  const value = pointers.valueAt(record, time.pointer);
  if (isMissing(value)) return undefined;
  return (
    logTime(value, time.format) ??
    reject('invalid-time', `/${time.pointer.join('/')} is no time in the form ${time.format}`)
  );
}

/** An id is never cut: two that begin alike would be one event. */
function idOf(record: object, { mapping, ids, pointers }: Parts): string | Rejected {
  const value = take(record, mapping.id, pointers);
  if (value === undefined) return ids.idOf(JSON.stringify(record));
  const id = isScalar(value) ? idAt({ id: String(value) }, 256, 'id') : undefined;
  return id ?? reject('invalid-id', 'an id is text of at most 256 characters');
}

type Data = KeyEventData<KeyEventType>;

function dataOf(record: object, type: KeyEventType, { mapping, pointers }: Parts): Data | Rejected {
  const data: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(mapping.data)) {
    const field = own(FIELDS[type], name);
    if (field === undefined) continue;
    const value = take(record, spec, pointers);
    if (value === undefined) continue;
    const taken = field.take(value, mapping.times);
    if (taken === undefined) return reject('invalid-value', `${name} must be ${field.is}`);
    const [outer = name, inner] = name.split('.');
    if (inner === undefined) data[name] = taken;
    else data[outer] = { ...(data[outer] as object | undefined), [inner]: taken };
  }
  return data;
}

const isRejectedData = (data: Data | Rejected): data is Rejected => 'rejected' in data;

/** The value a mapping asks for; undefined where it is missing. */
function take(record: object, spec: ValueSpec | undefined, pointers: PointerHits): unknown {
  if (spec === undefined) return undefined;
  if (spec.pointer === undefined) return spec.value;
  let value = pointers.valueAt(record, spec.pointer);
  if (spec.values !== undefined && isScalar(value)) value = own(spec.values, String(value));
  if (isMissing(value)) return spec.default;
  const { scale } = spec;
  if (scale === undefined) return value;
  const n = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof n === 'number' ? n * scale : value;
}

/** Logs write what is not there as null, as nothing or as a dash. */
function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '' || value === '-';
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function own<T>(values: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function shortText(value: unknown, max: number): string | undefined {
  return isScalar(value) ? String(value).slice(0, max) || undefined : undefined;
}
