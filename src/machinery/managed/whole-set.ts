/** The field sets of values that are on one side of a comparison alone. */
import { fieldElement } from '../fields/element.ts';
import { Pace, type Steps } from '#base/steps.ts';
import { emptySet, type FieldSet, memberInSteps, memberOf, memberOfSorted } from '../fields/field-set.ts';
import { compareElements } from '../fields/element.ts';
import { deepFreeze } from '../object.ts';
import type { JsonObject } from '../patch/json-object.ts';
import type { ListSchema, ObjectSchema, Schema } from '../schema.ts';
import {
  type MapLike,
  atomOf,
  childSchema,
  deduced,
  elementsOf,
  isAtomicList,
  isAtomicMap,
  listOf,
  listSchemaOf,
  mapOf,
} from './typed.ts';

/** The node of a value: all that is in it, and itself. `path` leads there. Throws TypedError. */
export function wholeSet(schema: Schema, value: unknown, path: string[]): FieldSet {
  switch (atomOf(schema, value)) {
    case 'map':
      return wholeMap(schema as MapLike, mapOf(value) ?? {}, path);
    case 'list':
      return wholeList(listSchemaOf(schema), listOf(value) ?? [], path);
    default:
      return emptySet;
  }
}

/** So many members and items are looked at in a step. */
const wholePace = 1024;

/** The same in steps, of a value that may be large. Throws TypedError. */
export function* wholeSetInSteps(
  schema: Schema,
  value: unknown,
  path: string[],
  pace = new Pace(wholePace),
): Steps<FieldSet> {
  const elements: string[] = [];
  const nodes: FieldSet[] = [];
  for (const [element, type, part] of partsOf(schema, value, path)) {
    if (pace.isDue) yield;
    elements.push(element);
    path.push(element);
    const isLeaf = !type || typeof part !== 'object' || part === null;
    nodes.push(isLeaf ? emptySet : yield* wholeSetInSteps(type, part, path, pace));
    path.pop();
  }
  return elements.length === 0 ? emptySet : yield* memberInSteps(elements, nodes);
}

/** What is in a value, by its elements; without a type: what counts as a whole. Throws TypedError. */
function* partsOf(
  schema: Schema,
  value: unknown,
  path: readonly string[],
): Generator<[element: string, schema: Schema | undefined, part: unknown]> {
  const atom = atomOf(schema, value);
  if (atom === 'map' && !isAtomicMap(schema as MapLike)) {
    const map = mapOf(value) ?? {};
    for (const name of Object.keys(map)) {
      if (map[name] !== undefined)
        yield [fieldElement(name), childSchema(schema, name) ?? deduced, map[name]];
    }
  }
  if (atom !== 'list' || isAtomicList(listSchemaOf(schema))) return;
  const { items } = listSchemaOf(schema);
  // Items that are there more than once count as a whole.
  for (const [element, same] of itemsOf(listSchemaOf(schema), listOf(value) ?? [], path)) {
    yield [element, same.length > 1 ? undefined : items, same[0]];
  }
}

/** The items of a list by their elements. Throws TypedError. */
export function itemsOf(
  schema: ListSchema,
  items: readonly unknown[],
  path: readonly string[],
): Map<string, unknown[]> {
  const index = new Map<string, unknown[]>();
  elementsOf(schema, items, path).forEach((element, i) => {
    const same = index.get(element);
    if (same) same.push(items[i]);
    else index.set(element, [items[i]]);
  });
  return index;
}

function wholeMap(schema: MapLike, map: JsonObject, path: string[]): FieldSet {
  if (isAtomicMap(schema)) return emptySet;
  if (schema.type === 'object') {
    const fields = declaredFields(schema);
    const present = declaredIn(fields, map);
    if (present) return wholeStruct(fields, present, map, path);
  }
  const elements: string[] = [];
  const nodes: FieldSet[] = [];
  for (const name in map) {
    const value = map[name];
    if (value === undefined) continue;
    const element = fieldElement(name);
    elements.push(element);
    nodes.push(below(childSchema(schema, name) ?? deduced, element, value, path));
  }
  return memberOf(elements, nodes);
}

function below(schema: Schema, element: string, value: unknown, path: string[]): FieldSet {
  path.push(element);
  const set = wholeSet(schema, value, path);
  path.pop();
  return set;
}

/** A field that a type declares: its element, made once, and its place in the order of sets. */
interface DeclaredField {
  readonly name: string;
  readonly element: string;
  readonly rank: number;
  readonly schema: Schema;
}

interface DeclaredFields {
  readonly byName: ReadonlyMap<string, DeclaredField>;
  readonly flatSets: FlatSets;
}

/** Sets of fields that have nothing below them: thousands of conditions share one. */
class FlatSets {
  #root: FlatSet = { longer: [] };
  #size = 0;

  of(present: readonly DeclaredField[]): FieldSet {
    let at = this.#root;
    for (const { rank } of present) at = at.longer[rank] ??= this.#grow();
    at.set ??= deepFreeze(
      memberOfSorted(
        present.map(({ element }) => element),
        present.map(() => emptySet),
      ),
    );
    return at.set;
  }

  #grow(): FlatSet {
    if (++this.#size > flatSetsKept) {
      this.#size = 0;
      this.#root = { longer: [] };
    }
    return { longer: [] };
  }
}

/** What is known of the fields on the way here, by the rank of the next. */
interface FlatSet {
  set?: FieldSet;
  readonly longer: FlatSet[];
}

/** Of one type. */
const flatSetsKept = 128;

/** Types never change, so what is known of one stays true. */
const declared = new WeakMap<ObjectSchema, DeclaredFields>();

function declaredFields(schema: ObjectSchema): DeclaredFields {
  let fields = declared.get(schema);
  if (!fields) {
    const sorted = [...schema.fields.values()]
      .map(field => ({ ...field, element: fieldElement(field.name) }))
      .sort((a, b) => compareElements(a.element, b.element));
    const byName = new Map(
      sorted.map(({ name, element, schema: type }, rank) => [name, { name, element, rank, schema: type }]),
    );
    fields = { byName, flatSets: new FlatSets() };
    declared.set(schema, fields);
  }
  return fields;
}

/** The fields that the map has, in the order of sets; undefined when one of them is not declared. */
function declaredIn({ byName }: DeclaredFields, map: JsonObject): DeclaredField[] | undefined {
  const present: DeclaredField[] = [];
  for (const name in map) {
    if (map[name] === undefined) continue;
    const field = byName.get(name);
    if (!field) return undefined;
    let at = present.length;
    for (; at > 0 && present[at - 1]!.rank > field.rank; at--) present[at] = present[at - 1]!;
    present[at] = field;
  }
  return present;
}

function wholeStruct(
  { flatSets }: DeclaredFields,
  present: readonly DeclaredField[],
  map: JsonObject,
  path: string[],
): FieldSet {
  const nodes = present.map(({ name, element, schema }) => below(schema, element, map[name], path));
  if (nodes.every(node => node === emptySet)) return flatSets.of(present);
  return memberOfSorted(
    present.map(({ element }) => element),
    nodes,
  );
}

function wholeList(schema: ListSchema, items: readonly unknown[], path: string[]): FieldSet {
  if (isAtomicList(schema)) return emptySet;
  const elements: string[] = [];
  const nodes: FieldSet[] = [];
  for (const [element, same] of itemsOf(schema, items, path)) {
    elements.push(element);
    // Items that are there more than once count as a whole.
    nodes.push(same.length > 1 ? emptySet : below(schema.items, element, same[0], path));
  }
  return memberOf(elements, nodes);
}
