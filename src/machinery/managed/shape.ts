/** What of a change decides whose fields are whose after it: not the values, but what there is, and where. */
import type { FieldSet } from '../fields/field-set.ts';
import type { FieldSchema, ListSchema, ObjectSchema, Schema } from '../schema.ts';
import { type DifferenceSink, eachDifference } from './compare.ts';
import {
  type MapLike,
  atomOf,
  childSchema,
  deduced,
  isAtomicList,
  isAtomicMap,
  itemElement,
  listOf,
  listSchemaOf,
  mapOf,
} from './typed.ts';

/**
 * The text is the same only for changes between values of a type whose comparisons (see `compareTyped`) are the same once
 * the ones' `elements` stand for the others'; it is empty where nothing differs.
 */
export interface ChangeShape {
  readonly text: string;
  /** Those that hardly come twice. */
  readonly elements: readonly string[];
}

/** Throws TypedError. */
export function changeShape(schema: Schema, left: unknown, right: unknown, except?: FieldSet): ChangeShape {
  const shape = new Shape();
  eachDifference(schema, left, right, except, shape);
  return shape;
}

/** What has a uid in it names one object of many. */
const uid = /[0-9a-f]{8}-[0-9a-f]{4}-/;
const uidLength = 36;
/** Each is told by one digit. */
const elementsMax = 36;

class Shape implements DifferenceSink, ChangeShape {
  text = '';
  readonly elements: string[] = [];

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
    for (const element of path) this.#element(element);
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
      const element = itemElement(schema, item);
      // The comparison will say what is wrong with it.
      this.#element(element === '' ? JSON.stringify(item) : element);
      if (schema.listType === 'map') this.#node(schema.items, item);
    }
    this.text += ']';
  }

  #element(text: string): void {
    const at =
      text.length >= uidLength && !text.startsWith('f:') && uid.test(text) ? this.#numberOf(text) : -1;
    this.text += at < 0 ? wordOf(text) : `#${at.toString(elementsMax)}`;
  }

  /** Below 0: there are too many. */
  #numberOf(element: string): number {
    const known = this.elements.indexOf(element);
    if (known >= 0 || this.elements.length === elementsMax) return known;
    return this.elements.push(element) - 1;
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
