import { fieldElement } from '../fields/element.ts';
import { type FieldSet, FieldSetBuilder } from '../fields/field-set.ts';
import type { ListSchema, Schema } from '../schema.ts';
import {
  type MapLike,
  atomOf,
  childSchema,
  declaredField,
  deduced,
  isAtomicList,
  isAtomicMap,
  itemElement,
  listOf,
  listSchemaOf,
  mapOf,
} from './typed.ts';

/** The fields that a value states: what its author means to own. Items that have no element, as pruning leaves them, have an empty one. */
export function toFieldSet(schema: Schema, value: unknown): FieldSet {
  const collector = new Collector();
  collector.node(schema, value);
  return collector.builder.build();
}

class Collector {
  readonly builder = new FieldSetBuilder();
  readonly #path: string[] = [];

  node(schema: Schema, value: unknown): void {
    const atom = atomOf(schema, value);
    if (atom === 'map') this.#map(schema as MapLike, value);
    else if (atom === 'list') this.#list(listSchemaOf(schema), value);
    else if (atom === 'scalar') this.builder.insert(this.#path);
  }

  #map(schema: MapLike, value: unknown): void {
    if (isAtomicMap(schema)) {
      this.builder.insert(this.#path);
      return;
    }
    const map = mapOf(value);
    for (const [name, part] of Object.entries(map ?? {})) {
      this.#path.push(fieldElement(name));
      this.node(childSchema(schema, name) ?? deduced, part);
      if (!declaredField(schema, name) || isBare(part)) this.builder.insert(this.#path);
      this.#path.pop();
    }
  }

  #list(schema: ListSchema, value: unknown): void {
    if (isAtomicList(schema)) {
      this.builder.insert(this.#path);
      return;
    }
    const items = listOf(value) ?? [];
    const elements = items.map(item => itemElement(schema, item));
    const repeated = repeatedOf(elements);
    items.forEach((item, i) => {
      const element = elements[i]!;
      this.#path.push(element);
      // Items that the list has more than once count as a whole.
      if (!repeated.has(element)) this.node(schema.items, item);
      this.builder.insert(this.#path);
      this.#path.pop();
    });
  }
}

function repeatedOf(elements: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const element of elements) {
    if (seen.has(element)) repeated.add(element);
    else seen.add(element);
  }
  return repeated;
}

/** null, or a map without entries. */
function isBare(value: unknown): boolean {
  const map = mapOf(value);
  return value === null || (map !== undefined && Object.keys(map).length === 0);
}
