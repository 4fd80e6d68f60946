/** Go writes the members of a struct in the order of its fields, and those of a map in the order of their names. */
import { setMember } from '#base/members.ts';
import { compareStrings } from './bytes.ts';
import type { KubeObject, ManagedFieldsEntry, ObjectMeta, OwnerReference } from './object.ts';
import type { MapSchema, ObjectSchema, Schema } from './schema.ts';

/**
 * Puts the members of an object (mutable) in Go's order, whoever has added some since it was decoded: a custom resource is a
 * map there. Those of a native one's metadata are put in order as they are written; what of it is frozen came out of
 * storage, and is in order.
 */
export function orderMembers(object: KubeObject, schema: ObjectSchema): void {
  if (schema.native) orderNative(object, schema);
  else sortOwn(object as unknown as Members);
}

function orderNative(object: KubeObject, schema: ObjectSchema): void {
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

/** The value with the members of every object in it in the order of their names; itself where they are. */
export function sortMembers<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  return (Array.isArray(value) ? sortedItems(value) : sortedObject(value as Members)) as T;
}

function sortedItems(items: readonly unknown[]): readonly unknown[] {
  let out: unknown[] | undefined;
  for (let i = 0; i < items.length; i++) {
    const item = sortMembers(items[i]);
    if (item === items[i]) continue;
    out ??= [...items];
    out[i] = item;
  }
  return out ?? items;
}

function sortedObject(source: Members): Members {
  let isSame = hasSortedNames(source);
  const out: Members = {};
  for (const name of isSame ? Object.keys(source) : Object.keys(source).sort(compareStrings)) {
    const part = sortMembers(source[name]);
    isSame &&= part === source[name];
    setMember(out, name, part);
  }
  return isSame ? source : out;
}

/** The same of a mutable object, in its place. */
function sortOwn(members: Members): void {
  const sorted = sortedObject(members);
  if (sorted === members) return;
  for (const name of Object.keys(members)) delete members[name];
  for (const name of Object.keys(sorted)) setMember(members, name, sorted[name]);
}

/** Whether the members of an object come in the order of their names. */
export function hasSortedNames(object: object): boolean {
  let last: string | undefined;
  for (const name in object) {
    if (last !== undefined && compareStrings(last, name) > 0) return false;
    last = name;
  }
  return true;
}

/** Metadata in the order of its type, with this version: what identifies an object comes first, who manages its fields last. */
export function orderMeta(meta: ObjectMeta, resourceVersion: string | undefined): ObjectMeta {
  const { name, generateName, namespace, selfLink, uid, generation, creationTimestamp } = meta;
  const { deletionTimestamp, deletionGracePeriodSeconds, managedFields } = meta;
  const { labels, annotations, ownerReferences, finalizers } = meta;
  const ordered: ObjectMeta = {};
  if (name !== undefined) ordered.name = name;
  if (generateName !== undefined) ordered.generateName = generateName;
  if (namespace !== undefined) ordered.namespace = namespace;
  if (selfLink !== undefined) ordered.selfLink = selfLink;
  if (uid !== undefined) ordered.uid = uid;
  ordered.resourceVersion = resourceVersion as string;
  if (generation !== undefined) ordered.generation = generation;
  if (creationTimestamp !== undefined) ordered.creationTimestamp = creationTimestamp;
  if (deletionTimestamp !== undefined) ordered.deletionTimestamp = deletionTimestamp;
  if (deletionGracePeriodSeconds !== undefined)
    ordered.deletionGracePeriodSeconds = deletionGracePeriodSeconds;
  if (labels !== undefined) ordered.labels = labels;
  if (annotations !== undefined) ordered.annotations = annotations;
  if (ownerReferences !== undefined) ordered.ownerReferences = ownerReferences;
  if (finalizers !== undefined) ordered.finalizers = finalizers;
  if (managedFields !== undefined) ordered.managedFields = managedFields;
  return ordered;
}

/** The sorted metadata of a custom resource as its type has it. */
export function typedMeta(meta: ObjectMeta): ObjectMeta {
  const ordered = orderMeta(meta, meta.resourceVersion);
  const { ownerReferences, managedFields } = meta;
  if (ownerReferences) ordered.ownerReferences = ownerReferences.map(owner => picked(owner, ownerNames));
  if (managedFields) ordered.managedFields = managedFields.map(entry => picked(entry, entryNames));
  return ordered;
}

const ownerNames = ['apiVersion', 'kind', 'name', 'uid', 'controller', 'blockOwnerDeletion'] as const;
const entryNames = [
  'manager',
  'operation',
  'apiVersion',
  'time',
  'fieldsType',
  'fieldsV1',
  'subresource',
] as const;

function picked<T extends OwnerReference | ManagedFieldsEntry>(source: T, names: readonly (keyof T)[]): T {
  const out: Partial<T> = {};
  for (const name of names) if (source[name] !== undefined) out[name] = source[name];
  return out as T;
}
