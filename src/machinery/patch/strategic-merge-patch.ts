/**
 * Strategic merge patch (apimachinery util/strategicpatch): a merge patch whose lists merge by the schema's merge
 * keys, with directives: $patch (replace, delete), $setElementOrder/x, $deleteFromPrimitiveList/x, $retainKeys.
 */
import { deepEqual } from '#base/equal.ts';
import type { Schema } from '../schema.ts';
import { patchError } from './errors.ts';
import { goText, isObject, type JsonObject, kindOf, own, setOwn } from './json-object.ts';
import { mergeLists, orderLists } from './strategic-lists.ts';
import {
  asList,
  deleteFromListPrefix,
  directive,
  directiveField,
  isDirectiveKey,
  patchMetaOf,
  retainKeys,
  setOrderPrefix,
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
  throw patchError.unclassified(`unknown patch type: ${goText(what)} in map: ${goText(patch)}`);
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
    setOwn(merged, patchKey, value);
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
  const meta = patchMetaOf(schema, key);
  if (kind === 'object') {
    const after =
      meta.strategy === 'replace'
        ? value
        : mergeObjects(before as JsonObject, value as JsonObject, meta.schema, options);
    setOwn(merged, key, after);
  } else if (meta.strategy === 'merge' || isDeleteList) {
    setOwn(merged, key, mergeLists(before as unknown[], value as unknown[], meta, isDeleteList, options));
  } else setOwn(merged, key, value);
}

/** Sets what has no counterpart, without the directives (and nulls) in it. */
function put(merged: JsonObject, key: string, value: unknown, options: MergeOptions): void {
  const cleaned = withoutDirectives(options.ignoreUnmatchedNulls ? withoutNulls(value) : value);
  if (cleaned === undefined) delete merged[key];
  else setOwn(merged, key, cleaned);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept: JsonObject = {};
  for (const [key, part] of Object.entries(value)) if (part !== null) setOwn(kept, key, withoutNulls(part));
  return kept;
}

/** The value without objects that carry a $patch directive; undefined where it is one itself. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter(part => part !== undefined);
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, directive)) return undefined;
  const kept: JsonObject = {};
  for (const [key, part] of Object.entries(value)) {
    const cleaned = withoutDirectives(part);
    if (cleaned !== undefined) setOwn(kept, key, cleaned);
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
    const key = directiveField(directiveKey, setOrderPrefix);
    const before = own(merged, key);
    const change = own(patch, key);
    const list = orderLists(before, change, asList(order), patchMetaOf(schema, key), options);
    if (!list) continue;
    setOwn(merged, key, list);
    delete patch[key];
  }
}

function keepSetOrder(merged: JsonObject, directiveKey: string, order: unknown): void {
  const before = own(merged, directiveKey);
  if (before === undefined) setOwn(merged, directiveKey, order);
  else if (!deepEqual(before, order)) {
    throw patchError.malformed('invalid patch format of setElementOrder list');
  }
}
