/** Go writes the members of a struct in the order of its fields, and those of a map in the order of their names. */
import { setMember } from '#base/members.ts';
import { compareStrings } from './bytes.ts';
import type { KubeObject } from './object.ts';
import type { MapSchema, ObjectSchema, Schema } from './schema.ts';

/**
 * Puts the members of a native object (mutable) in Go's order, whoever has added some since it was decoded; those of its
 * metadata are put in order as they are written. What is frozen came out of storage, and is in order.
 */
export function orderMembers(object: KubeObject, schema: ObjectSchema): void {
  const { metadata } = object;
  for (const name of ['labels', 'annotations'] as const) {
    const map = metadata[name];
    if (map && !Object.isFrozen(metadata)) metadata[name] = orderedMap(map, texts) as Record<string, string>;
  }
  const members = object as unknown as Members;
  const { rest } = planOf(schema);
  let last = -1;
  let isInOrder = true;
  for (const name in members) {
    const index = rest.get(name);
    if (index === undefined) continue;
    if (index < last) isInOrder = false;
    last = index;
    orderMember(members, name, schema);
  }
  if (isInOrder) return;
  for (const name of rest.keys()) {
    const value = members[name];
    if (value === undefined) continue;
    delete members[name];
    members[name] = value;
  }
}

type Members = Record<string, unknown>;

const texts: MapSchema = { type: 'map', values: { type: 'string' } };

interface OrderPlan {
  readonly indexOf: ReadonlyMap<string, number>;
  /** Of a whole object: all but what identifies it. */
  readonly rest: ReadonlyMap<string, number>;
}

/** Types never change, so a plan once made stays right. */
const plans = new WeakMap<ObjectSchema, OrderPlan>();

function planOf(schema: ObjectSchema): OrderPlan {
  let plan = plans.get(schema);
  if (!plan) {
    const indexOf = new Map([...schema.fields.keys()].map((name, index) => [name, index]));
    const rest = new Map(indexOf);
    for (const name of ['kind', 'apiVersion', 'metadata']) rest.delete(name);
    plan = { indexOf, rest };
    plans.set(schema, plan);
  }
  return plan;
}

function orderMember(members: Members, name: string, { fields }: ObjectSchema): void {
  const part = members[name];
  if (typeof part !== 'object' || part === null) return;
  const inOrder = ordered(part, fields.get(name)!.schema);
  if (inOrder !== part) members[name] = inOrder;
}

/** The value itself where it is in order. */
function ordered(value: object, schema: Schema): object {
  if (Object.isFrozen(value)) return value;
  switch (schema.type) {
    case 'object':
      return schema.native ? orderedStruct(value as Members, schema) : value;
    case 'list':
      orderItems(value as unknown[], schema.items);
      return value;
    case 'map':
      return orderedMap(value as Members, schema);
    case 'any':
      return schema.element ? orderedElement(value, schema.element) : value;
    default:
      return value;
  }
}

/** What may be something else than its type's struct (apiextensions' JSONSchemaPropsOrArray). */
function orderedElement(value: object, element: ObjectSchema): object {
  if (!Array.isArray(value)) return orderedStruct(value as Members, element);
  orderItems(value, element);
  return value;
}

function orderItems(items: unknown[], schema: Schema): void {
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    // All of them are of one type.
    if (typeof item !== 'object' || item === null) {
      if (item === null) continue;
      return;
    }
    const inOrder = ordered(item, schema);
    if (inOrder !== item) items[i] = inOrder;
  }
}

function orderedStruct(source: Members, schema: ObjectSchema): Members {
  const { indexOf } = planOf(schema);
  let last = -1;
  let isInOrder = true;
  for (const name in source) {
    const index = indexOf.get(name);
    if (index === undefined) continue;
    if (index < last) isInOrder = false;
    last = index;
    orderMember(source, name, schema);
  }
  if (isInOrder) return source;
  const out: Members = {};
  for (const name of indexOf.keys()) if (source[name] !== undefined) out[name] = source[name];
  return out;
}

function orderedMap(source: Members, { values }: MapSchema): Members {
  let last = '';
  let isInOrder = true;
  for (const name in source) {
    if (name < last) isInOrder = false;
    last = name;
    const part = source[name];
    if (typeof part !== 'object' || part === null) continue;
    const inOrder = ordered(part, values);
    if (inOrder !== part) setMember(source, name, inOrder);
  }
  if (isInOrder) return source;
  const out: Members = {};
  for (const name of Object.keys(source).sort(compareStrings)) setMember(out, name, source[name]);
  return out;
}
