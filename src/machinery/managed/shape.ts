/** What of a new object decides which fields its author manages: not its values, but what there is. */
import { deepEqual } from '#base/equal.ts';
import { type JsonObject, own } from '../patch/json-object.ts';
import type { ListSchema, Schema } from '../schema.ts';
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

/** A text that is the same only for values whose comparisons with `zero` (see `compareTyped`) are the same. */
export function shapeOf(schema: Schema, zero: unknown, value: unknown): string {
  const shape = new Shape();
  shape.node(schema, zero, value);
  return shape.text;
}

class Shape {
  text = '';

  node(schema: Schema, zero: unknown, value: unknown): void {
    switch (atomOf(schema, value)) {
      case 'map':
        this.#map(schema as MapLike, zero, value);
        break;
      case 'list':
        this.#list(listSchemaOf(schema), zero, value);
        break;
      default:
        this.#leaf(zero, value);
    }
  }

  #leaf(zero: unknown, value: unknown): void {
    this.text += zero === undefined ? 's' : deepEqual(zero, value) ? '=' : '~';
  }

  #map(schema: MapLike, zero: unknown, value: unknown): void {
    const map = mapOf(value);
    if (!map || isAtomicMap(schema)) {
      this.#leaf(zero, value);
      return;
    }
    const before = mapOf(zero);
    this.text += '{';
    for (const name in map) {
      if (map[name] === undefined) continue;
      this.#word(name);
      this.node(childSchema(schema, name) ?? deduced, before && own(before, name), map[name]);
    }
    this.text += '}';
  }

  #list(schema: ListSchema, zero: unknown, value: unknown): void {
    const items = listOf(value);
    if (!items || isAtomicList(schema)) {
      this.#leaf(zero, value);
      return;
    }
    const isNew = (listOf(zero) ?? []).length === 0;
    this.text += '[';
    for (const item of items) {
      if (isNew && schema.listType === 'map' && mapOf(item)) this.#keyed(schema, item as JsonObject);
      else this.#word(JSON.stringify(item));
    }
    this.text += ']';
  }

  #keyed(schema: ListSchema, item: JsonObject): void {
    for (const key of schema.listMapKeys ?? []) this.#word(JSON.stringify(own(item, key)) ?? '');
    this.node(schema.items, undefined, item);
  }

  /** Begins as nothing else does, and ends with what is in no text: one that has it is quoted. */
  #word(text: string): void {
    this.text += text.includes('\n') ? `,${JSON.stringify(text)}\n` : `.${text}\n`;
  }
}
