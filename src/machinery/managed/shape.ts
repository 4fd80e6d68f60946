/** What of a change decides whose fields are whose after it: not the values, but what there is, and where. */
import type { FieldSet } from '../fields/field-set.ts';
import { type JsonObject, own } from '../patch/json-object.ts';
import type { FieldSchema, ListSchema, ObjectSchema, Schema } from '../schema.ts';
import { type DifferenceSink, eachDifference } from './compare.ts';
import {
  type MapLike,
  atomOf,
  childSchema,
  deduced,
  isAtomicList,
  isAtomicMap,
  listOf,
  listSchemaOf,
  mapOf,
} from './typed.ts';

/**
 * A text that is the same only for changes between values of a type whose comparisons (see `compareTyped`) are the same;
 * empty where nothing differs. Throws TypedError.
 */
export function changeShape(schema: Schema, left: unknown, right: unknown, except?: FieldSet): string {
  const shape = new Shape();
  eachDifference(schema, left, right, except, shape);
  return shape.text;
}

class Shape implements DifferenceSink {
  text = '';

  added(path: readonly string[], schema: Schema | undefined, value: unknown): void {
    this.#place('+', path);
    if (schema) this.#node(schema, value);
  }

  removed(path: readonly string[], schema: Schema | undefined, value: unknown): void {
    this.#place('-', path);
    if (schema) this.#node(schema, value);
  }

  modified(path: readonly string[]): void {
    this.#place('~', path);
  }

  addedItems(path: readonly string[], schema: ListSchema, items: readonly unknown[]): void {
    this.#place('*', path);
    this.#list(schema, items);
  }

  #place(how: string, path: readonly string[]): void {
    this.text += how;
    for (const element of path) this.#word(element);
  }

  #node(schema: Schema, value: unknown): void {
    switch (atomOf(schema, value)) {
      case 'map':
        this.#map(schema as MapLike, value);
        break;
      case 'list':
        this.#list(listSchemaOf(schema), value);
        break;
      default:
        this.text += 's';
    }
  }

  #map(schema: MapLike, value: unknown): void {
    const map = mapOf(value);
    if (!map || isAtomicMap(schema)) {
      this.text += 's';
      return;
    }
    const members = schema.type === 'object' ? declaredMembers(schema) : undefined;
    this.text += '{';
    for (const name in map) {
      if (map[name] === undefined) continue;
      const member = members?.get(name);
      this.text += member ? member.text : wordOf(name);
      if (!member?.isLeaf) this.#node(member?.schema ?? childSchema(schema, name) ?? deduced, map[name]);
    }
    this.text += '}';
  }

  #list(schema: ListSchema, value: unknown): void {
    const items = listOf(value);
    if (!items || isAtomicList(schema)) {
      this.text += 's';
      return;
    }
    this.text += '[';
    for (const item of items) {
      if (schema.listType === 'map' && mapOf(item)) this.#keyed(schema, item as JsonObject);
      else this.#word(JSON.stringify(item));
    }
    this.text += ']';
  }

  #keyed(schema: ListSchema, item: JsonObject): void {
    for (const key of schema.listMapKeys ?? []) this.#word(JSON.stringify(own(item, key)) ?? '');
    this.#node(schema.items, item);
  }

  #word(text: string): void {
    this.text += wordOf(text);
  }
}

/** Begins as nothing else does, and ends with what is in no text: one that has it is quoted. */
function wordOf(text: string): string {
  return text.includes('\n') ? `,${JSON.stringify(text)}\n` : `.${text}\n`;
}

/** A member that a type declares. */
interface DeclaredMember {
  /** Its word; a leaf's with all that there is to say of its value. */
  readonly text: string;
  readonly isLeaf: boolean;
  readonly schema: Schema;
}

/** Types never change, so what is known of one stays true. */
const declared = new WeakMap<ObjectSchema, ReadonlyMap<string, DeclaredMember>>();

function declaredMembers(schema: ObjectSchema): ReadonlyMap<string, DeclaredMember> {
  let members = declared.get(schema);
  if (!members) {
    members = new Map(Array.from(schema.fields.values(), field => [field.name, memberOf(field)] as const));
    declared.set(schema, members);
  }
  return members;
}

function memberOf({ name, schema }: FieldSchema): DeclaredMember {
  const isLeaf = isWhole(schema);
  return { text: isLeaf ? `${wordOf(name)}s` : wordOf(name), isLeaf, schema };
}

/** Whether values of a type are managed as a whole, whatever they are. */
function isWhole(schema: Schema): boolean {
  switch (schema.type) {
    case 'any':
      return false;
    case 'object':
    case 'map':
      return isAtomicMap(schema);
    case 'list':
      return isAtomicList(schema);
    default:
      return true;
  }
}
