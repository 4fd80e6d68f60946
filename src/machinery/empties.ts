/**
 * Upstream stores built-in kinds as protobuf, to which an empty list or map is none: a field that JSON shows at all times
 * shows null from then on. Where `omitempty` leaves it out, decoding has done so already. But what defaults and validates
 * an object sees it as it was sent, so an object knows which of its empties were dropped.
 */
import { countAsNone } from '#base/equal.ts';
import { setMember } from '#base/members.ts';
import type { FieldSchema, ObjectSchema, Schema } from './schema.ts';

/** An empty list or map that was sent, and that its place does not show. */
export interface SentEmpty {
  readonly parent: Record<string, unknown>;
  readonly name: string;
  readonly value: object;
  /** What shows there instead. */
  readonly stored: null | undefined;
}

const sent = Symbol('empties that were sent');

interface Marked {
  [sent]?: SentEmpty[];
}

/** Lets the object know of empties that it does not show, beside those that it knows of. */
export function addEmpties(object: object, empties: readonly SentEmpty[] | undefined): void {
  if (!empties || empties.length === 0) return;
  const known = (object as Marked)[sent];
  if (known) known.push(...empties);
  else Object.defineProperty(object, sent, { value: [...empties], configurable: true });
}

/** Lets `to`, which has taken the members of `from`, know what that knew of. */
export function moveEmpties(from: object, to: object): void {
  const moved = (from as Marked)[sent]?.map(empty =>
    empty.parent === from ? { ...empty, parent: to as Record<string, unknown> } : empty,
  );
  addEmpties(to, moved);
}

/** What `look` makes of an object that shows its empties as they were sent. */
export function withEmpties<T>(object: object, look: () => T): T {
  showEmpties(object);
  try {
    return look();
  } finally {
    hideEmpties(object);
  }
}

/** Shows the object's empties as they were sent, until they are hidden. They equal what is none. */
export function showEmpties(object: object): void {
  for (const { parent, name, value, stored } of (object as Marked)[sent] ?? []) {
    if (Object.isFrozen(parent) || parent[name] !== stored) continue;
    countAsNone(value);
    parent[name] = value;
  }
}

/** Hides them again, and forgets those that are there no more. */
export function hideEmpties(object: object): void {
  const marked = object as Marked;
  if (!marked[sent]) return;
  const hidden = marked[sent].filter(
    ({ parent, name, value }) => parent[name] === value && Object.keys(value).length === 0,
  );
  for (const { parent, name, stored } of hidden) {
    if (stored === null) parent[name] = null;
    else delete parent[name];
  }
  Object.defineProperty(object, sent, { value: hidden, configurable: true });
}

/** Sets empty lists and maps of a native object (mutable) to null; what is frozen came out of storage, and has none. */
export function dropEmpties(object: object, schema: ObjectSchema): void {
  const empties: SentEmpty[] = [];
  dropFrom(object, schema, empties);
  addEmpties(object, empties);
}

function dropFrom(object: object, schema: ObjectSchema, empties: SentEmpty[]): void {
  const fields = concerned(schema);
  if (fields.length === 0 || Object.isFrozen(object)) return;
  const members = object as Record<string, unknown>;
  for (const { name, schema: type, omitEmpty } of fields) {
    const value = members[name];
    if (typeof value !== 'object' || value === null) continue;
    if (!omitEmpty && isEmpty(value, type)) {
      empties.push({ parent: members, name, value, stored: null });
      members[name] = null;
    } else dropInside(value, type, empties);
  }
}

function dropInside(value: object, schema: Schema, empties: SentEmpty[]): void {
  if (schema.type === 'object') dropFrom(value, schema, empties);
  else if (schema.type === 'list' && isConcerned(schema.items)) {
    for (const item of value as unknown[])
      if (typeof item === 'object' && item) dropInside(item, schema.items, empties);
  } else if (schema.type === 'map' && isConcerned(schema.values))
    dropOfMap(value as Entries, schema.values, empties);
}

type Entries = Record<string, object | null>;

/** A list in a map is a message of its own there, which has no items. */
function dropOfMap(entries: Entries, values: Schema, empties: SentEmpty[]): void {
  for (const [name, value] of Object.entries(entries)) {
    if (value === null) continue;
    if (isEmpty(value, values)) setMember(entries, name, null);
    else dropInside(value, values, empties);
  }
}

/** Whether it is a list or map of the type, and has nothing. */
export function isEmpty(value: unknown, { type }: Schema): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (type === 'list') return Array.isArray(value) && value.length === 0;
  return type === 'map' && Object.keys(value).length === 0;
}

/** Types never change, so what is known of one stays right. */
const concernedOf = new WeakMap<ObjectSchema, readonly FieldSchema[]>();

/** The fields that may hold what is dropped; most types have none. */
function concerned(schema: ObjectSchema): readonly FieldSchema[] {
  const known = concernedOf.get(schema);
  if (known) return known;
  // A type that holds itself has nothing by that.
  concernedOf.set(schema, []);
  const fields = [...schema.fields.values()].filter(
    field => (!field.omitEmpty && isCollection(field.schema)) || isConcerned(field.schema),
  );
  concernedOf.set(schema, fields);
  return fields;
}

function isConcerned(schema: Schema): boolean {
  if (schema.type === 'object') return concerned(schema).length > 0;
  if (schema.type === 'list') return isConcerned(schema.items);
  return schema.type === 'map' && (isCollection(schema.values) || isConcerned(schema.values));
}

function isCollection({ type }: Schema): boolean {
  return type === 'list' || type === 'map';
}
