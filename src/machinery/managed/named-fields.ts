/** What sets and types have to do with each other. */
import { RecentCache } from '#base/recent-cache.ts';
import {
  type FieldSet,
  emptySet,
  isEmpty,
  isMember,
  recursiveDifference,
  setOf,
  union,
} from '../fields/field-set.ts';
import type { Schema } from '../schema.ts';
import { declaredField, isAtomicList, isAtomicMap, schemaBelow } from './typed.ts';

const self = '.';

/** The set with every declared field that it has something below of as a member too. */
export function withNamedFields(set: FieldSet, schema: Schema | undefined): FieldSet {
  if (!schema) return set;
  const out: Record<string, FieldSet> = {};
  for (const element in set) {
    const node = set[element]!;
    if (element === self || isEmpty(node)) {
      out[element] = node;
      continue;
    }
    const below = withNamedFields(node, schemaBelow(schema, element));
    const named = element.startsWith('f:') && declaredField(schema, element.slice(2)) !== undefined;
    out[element] = named && !isMember(node) ? { [self]: emptySet, ...below } : below;
  }
  return out;
}

/** Sets known to fit a type: those that the server wrote itself, mostly. Types and sets never change. */
const fitting = new WeakMap<Schema, RecentCache<FieldSet, true>>();
const setsKept = 512;

function fittingSets(schema: Schema): RecentCache<FieldSet, true> {
  let known = fitting.get(schema);
  if (!known) {
    known = new RecentCache(setsKept);
    fitting.set(schema, known);
  }
  return known;
}

/** The set, which was made of values of the type or of sets that fit it, and so does itself. */
export function fittingSet(set: FieldSet, schema: Schema): FieldSet {
  fittingSets(schema).set(set, true);
  return set;
}

/** The set after changes of its type: below what has become atomic, it owns the whole (KEP-555, topology changes). */
export function reconcileWithSchema(set: FieldSet, schema: Schema): FieldSet {
  const known = fittingSets(schema);
  if (known.get(set)) return set;
  const paths: string[][] = [];
  findAtomics(set, schema, [], false, paths);
  const atomics = setOf(...paths);
  const reconciled = isEmpty(atomics) ? set : union(recursiveDifference(set, atomics), atomics);
  known.set(reconciled, true);
  return reconciled;
}

/** Collects the paths that are atomic in the type and are not, or not alone, members of the set. */
function findAtomics(set: FieldSet, schema: Schema, path: string[], whole: boolean, into: string[][]): void {
  if (!whole && isAtomic(schema)) {
    if (schema.type === 'list' || !isEmpty(set)) into.push([...path]);
    return;
  }
  for (const element in set) {
    const below = element === self ? undefined : schemaBelow(schema, element);
    if (!below || below.type === 'any') continue;
    const node = set[element]!;
    path.push(element);
    findAtomics(node, below, path, isEmpty(node), into);
    path.pop();
  }
}

function isAtomic(schema: Schema): boolean {
  if (schema.type === 'list') return isAtomicList(schema);
  return (schema.type === 'object' || schema.type === 'map') && isAtomicMap(schema);
}
