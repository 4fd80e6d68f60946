/**
 * Strategic merge patch (apimachinery util/strategicpatch): a merge patch whose lists merge by the schema's merge
 * keys, with directives: $patch (replace, delete), $setElementOrder/x, $deleteFromPrimitiveList/x, $retainKeys.
 */
import { own, setMember } from '#base/members.ts';
import { deepEqual } from '#base/equal.ts';
import type { Schema } from '../schema.ts';
import { patchError } from './errors.ts';
import { goText, isObject, type JsonObject, kindOf } from './json-object.ts';
import { withoutNulls } from './merge-patch.ts';
import {
  asList,
  deleteFromListPrefix,
  directive,
  directiveField,
  elementKind,
  isDirectiveKey,
  type KeyOf,
  keyReader,
  mergeKeyOf,
  mustBeObjects,
  type PatchMeta,
  knownMetaOf,
  patchMetaOf,
  placesOf,
  retainKeys,
  setOrderPrefix,
  sortByOrder,
  unknownDirective,
} from './patch-meta.ts';

export interface MergeOptions {
  /** Carries the list directives out; otherwise keeps them, for the result is a patch itself. */
  readonly mergeParallelList: boolean;
  /** A null for what is not there is dropped; otherwise it stays in the result. */
  readonly ignoreUnmatchedNulls: boolean;
}

/**
 * The patched object. Parts that the patch leaves alone are shared with `original`, which is never changed. Throws
 * StatusError where the patch is malformed or does not apply.
 */
export function applyStrategicMergePatch<T>(original: T, patch: JsonObject, schema: Schema): T {
  const options: MergeOptions = { mergeParallelList: true, ignoreUnmatchedNulls: true };
  return mergeObjects(original as JsonObject, patch, schema, options) as T;
}

/** Merges a patch into an object, or into another patch. */
export function mergeObjects(
  original: JsonObject,
  patchIn: JsonObject,
  schema: Schema | undefined,
  options: MergeOptions,
): JsonObject {
  if (Object.hasOwn(patchIn, directive)) return carryOutDirective(patchIn);
  const merged = { ...original };
  const patch = { ...patchIn };
  applyRetainKeys(merged, patch, options);
  applySetOrders(merged, patch, schema, options);
  for (const [key, value] of Object.entries(patch)) mergeField(merged, key, value, schema, options);
  return merged;
}

function carryOutDirective(patch: JsonObject): JsonObject {
  const { [directive]: what, ...rest } = patch;
  if (what === 'replace') return rest;
  if (what === 'delete') return {};
  throw unknownDirective(what, patch);
}

function mergeField(
  merged: JsonObject,
  patchKey: string,
  value: unknown,
  schema: Schema | undefined,
  options: MergeOptions,
): void {
  const isDeleteList = patchKey.startsWith(deleteFromListPrefix);
  if (isDeleteList && !options.mergeParallelList) {
    setMember(merged, patchKey, value);
    return;
  }
  const key = isDeleteList ? directiveField(patchKey, deleteFromListPrefix) : patchKey;
  if (value === null) {
    delete merged[key];
    if (options.ignoreUnmatchedNulls) return;
  }
  const before = own(merged, key);
  const kind = kindOf(value);
  if (!Object.hasOwn(merged, key) || kindOf(before) !== kind || (kind !== 'object' && kind !== 'list')) {
    if (!isDeleteList) put(merged, key, value, options);
    return;
  }
  const meta = options.mergeParallelList ? knownMetaOf(schema, key) : patchMetaOf(schema, key);
  if (kind === 'object') {
    const after =
      meta.strategy === 'replace'
        ? value
        : mergeObjects(before as JsonObject, value as JsonObject, meta.schema, options);
    setMember(merged, key, after);
  } else if (meta.strategy === 'merge' || isDeleteList) {
    setMember(merged, key, mergeLists(before as unknown[], value as unknown[], meta, isDeleteList, options));
  } else setMember(merged, key, value);
}

/** Sets what has no counterpart, without the directives (and nulls) in it. */
function put(merged: JsonObject, key: string, value: unknown, options: MergeOptions): void {
  const cleaned = withoutDirectives(options.ignoreUnmatchedNulls ? withoutNulls(value) : value);
  if (cleaned === undefined) delete merged[key];
  else setMember(merged, key, cleaned);
}

/** The value without objects that carry a $patch directive; undefined where it is one itself. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter(part => part !== undefined);
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, directive)) return undefined;
  const kept: JsonObject = {};
  for (const [key, part] of Object.entries(value)) {
    const cleaned = withoutDirectives(part);
    if (cleaned !== undefined) setMember(kept, key, cleaned);
  }
  return kept;
}

function applyRetainKeys(merged: JsonObject, patch: JsonObject, options: MergeOptions): void {
  if (!Object.hasOwn(patch, retainKeys)) return;
  const kept = patch[retainKeys];
  delete patch[retainKeys];
  if (!options.mergeParallelList) {
    const before = own(merged, retainKeys);
    if (before === undefined) merged[retainKeys] = kept;
    else if (!deepEqual(before, kept)) {
      throw patchError.unclassified(
        `${goText(before)} and ${goText(kept)} are not deep equal: this may happen when calculating the 3-way diff patch`,
      );
    }
    return;
  }
  if (!Array.isArray(kept)) throw patchError.malformed('invalid patch format of retainKeys');
  for (const [key, value] of Object.entries(patch)) {
    if (value !== null && !isDirectiveKey(key) && !kept.includes(key)) {
      throw patchError.malformed('invalid patch format of retainKeys');
    }
  }
  for (const key of Object.keys(merged)) if (!kept.includes(key)) delete merged[key];
}

/** Merges and orders each list that a $setElementOrder names, and takes both out of the patch. */
function applySetOrders(
  merged: JsonObject,
  patch: JsonObject,
  schema: Schema | undefined,
  options: MergeOptions,
): void {
  for (const directiveKey of Object.keys(patch)) {
    if (!directiveKey.startsWith(setOrderPrefix)) continue;
    const order = patch[directiveKey];
    if (!options.mergeParallelList) keepSetOrder(merged, directiveKey, order);
    delete patch[directiveKey];
    const elements = asList(order);
    const key = directiveField(directiveKey, setOrderPrefix);
    const before = own(merged, key);
    const change = own(patch, key);
    const list = orderLists(before, change, elements, knownMetaOf(schema, key), options);
    if (!list) continue;
    setMember(merged, key, list);
    delete patch[key];
  }
}

function keepSetOrder(merged: JsonObject, directiveKey: string, order: unknown): void {
  const before = own(merged, directiveKey);
  if (before === undefined) setMember(merged, directiveKey, order);
  else if (!deepEqual(before, order)) {
    throw patchError.malformed('invalid patch format of setElementOrder list');
  }
}

/** Merges a patch's list into a list: by merge key, as a set of scalars, or deleting the patch's elements. */
function mergeLists(
  original: readonly unknown[],
  patch: readonly unknown[],
  meta: PatchMeta,
  isDeleteList: boolean,
  options: MergeOptions,
): unknown[] {
  const kind = elementKind(original, patch);
  if (!kind) return [];
  if (kind !== 'object') {
    if (isDeleteList && options.mergeParallelList) {
      const deleted = new Set(patch);
      return original.filter(element => !deleted.has(element));
    }
    const keyOf = keyReader('');
    return merged([...new Set([...original, ...patch])], patch, original, keyOf);
  }
  if (meta.mergeKey === '') {
    const name = meta.schema?.type === 'object' ? meta.schema.name : '';
    throw patchError.unclassified(`cannot merge lists without merge key for ${name}`);
  }
  const parts = carryOutDirectives(original, patch, meta.mergeKey);
  const list = mergeElements(parts.original, parts.patch, meta, options);
  return merged(list, parts.patch, parts.original, keyReader(meta.mergeKey));
}

/** Puts a merged list in order: the patch's elements in the patch's order, the others in theirs. */
function merged(
  list: readonly unknown[],
  patchOrder: readonly unknown[],
  serverOrder: readonly unknown[],
  keyOf: KeyOf,
): unknown[] {
  // What is in the list is looked at first, and so told first if it has no key.
  const keys = list.map(keyOf);
  const ofPatch = placesOf(patchOrder, keyOf);
  const patchItems = list.filter((_, i) => ofPatch.has(keys[i]));
  const serverItems = list.filter((_, i) => !ofPatch.has(keys[i]));
  return interleave(
    sortByOrder(serverItems, serverOrder, keyOf),
    sortByOrder(patchItems, patchOrder, keyOf),
    placesOf(serverOrder, keyOf),
    keyOf,
  );
}

/** Merges two sorted lists; a server's element goes first only where the server's order says so. */
function interleave(
  server: readonly unknown[],
  patch: readonly unknown[],
  serverPlaces: ReadonlyMap<unknown, number>,
  keyOf: KeyOf,
): unknown[] {
  const all: unknown[] = [];
  let i = 0;
  for (const element of patch) {
    const place = serverPlaces.get(keyOf(element));
    while (i < server.length && place !== undefined) {
      const serverPlace = serverPlaces.get(keyOf(server[i]));
      if (serverPlace === undefined || serverPlace >= place) break;
      all.push(server[i++]);
    }
    all.push(element);
  }
  return [...all, ...server.slice(i)];
}

/** Carries out $patch: delete and $patch: replace of single elements; what remains are plain elements. */
function carryOutDirectives(
  original: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
): { original: readonly unknown[]; patch: readonly unknown[] } {
  const plain: unknown[] = [];
  const deleted = new Set<unknown>();
  let replace = false;
  for (const element of patch as JsonObject[]) {
    const what = own(element, directive);
    if (what === undefined) plain.push(element);
    else if (what === 'delete') deleted.add(mergeKeyOf(element, mergeKey));
    else if (what === 'replace') replace = true;
    else if (what === 'merge') {
      throw patchError.unclassified('merging lists cannot yet be specified in the patch');
    } else throw unknownDirective(what, element);
  }
  if (replace) return { original: plain, patch: [] };
  const kept = original.filter(other => !isObject(other) || !deleted.has(own(other, mergeKey)));
  return { original: kept, patch: plain };
}

function mergeElements(
  original: readonly unknown[],
  patch: readonly unknown[],
  meta: PatchMeta,
  options: MergeOptions,
): unknown[] {
  const list = [...original];
  const places = new Map<unknown, number>();
  const learn = (element: unknown, place: number) => {
    if (!isObject(element)) return;
    const key = own(element, meta.mergeKey);
    if (!places.has(key)) places.set(key, place);
  };
  original.forEach(learn);
  for (const element of patch as JsonObject[]) {
    const at = places.get(mergeKeyOf(element, meta.mergeKey));
    if (at === undefined) learn(element, list.push(element) - 1);
    else list[at] = mergeObjects(list[at] as JsonObject, element, meta.schema, options);
  }
  return list;
}

/** Merges two lists, either of which may be missing, in the order that the patch states; undefined for no list. */
function orderLists(
  original: unknown,
  patch: unknown,
  order: readonly unknown[],
  meta: PatchMeta,
  options: MergeOptions,
): unknown[] | undefined {
  const before = original === undefined ? [] : asList(original);
  const change = patch === undefined ? [] : asList(patch);
  checkOrder(change, order, meta.mergeKey);
  if (original === undefined && patch === undefined) return undefined;
  let list: readonly unknown[] = before;
  let serverOrder: readonly unknown[] = before;
  if (original === undefined) list = withoutDirectives(change) as unknown[];
  else if (patch !== undefined) {
    const merges = meta.strategy === 'merge';
    list = merges ? mergeLists(before, change, meta, false, options) : change;
    if (merges && meta.mergeKey !== '') serverOrder = orderAfterDeletions(before, change, meta.mergeKey);
  }
  if (!elementKind(before, change)) {
    throw patchError.unclassified('no elements in any of the given slices');
  }
  return merged(list, order, serverOrder, keyReader(meta.mergeKey));
}

/**
 * The server's order, in which elements that the patch adds have taken the places of those that it deletes: upstream
 * merges in place, so clients see new elements behind the server's own where as many were deleted.
 */
function orderAfterDeletions(
  before: readonly unknown[],
  change: readonly unknown[],
  mergeKey: string,
): readonly unknown[] {
  const keyOf = keyReader(mergeKey);
  const keysOf = (what: string | undefined) =>
    change.filter(e => isObject(e) && own(e, directive) === what).map(keyOf);
  const deleted = new Set(keysOf('delete'));
  if (deleted.size === 0) return before;
  const kept = before.filter(element => !deleted.has(keyOf(element)));
  const keptKeys = new Set(kept.map(keyOf));
  const added = keysOf(undefined).filter(key => !keptKeys.has(key));
  return [...kept, ...added.slice(0, before.length - kept.length).map(key => ({ [mergeKey]: key }))];
}

/** The patch's elements must stand in the order that the patch states. */
function checkOrder(patch: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  if (patch.length === 0 || order.length === 0) return;
  if (mergeKey !== '') mustBeObjects(patch);
  const keyOf = keyReader(mergeKey);
  const ordered =
    mergeKey === '' ? patch : patch.filter(element => (element as JsonObject)[directive] !== 'delete');
  let at = 0;
  let next = 0;
  while (at < ordered.length && next < order.length) {
    const element = ordered[at];
    const isDirective = isObject(element) && Object.hasOwn(element, directive);
    if (isDirective || keyOf(element) === keyOf(order[next])) at++;
    if (!isDirective) next++;
  }
  if (at === ordered.length) return;
  throw patchError.unclassified(
    `The order in patch list:\n${goText(patch)}\n doesn't match ${setOrderPrefix} list:\n${goText(order)}\n`,
  );
}
