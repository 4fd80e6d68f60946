/** Computes strategic merge patches, as `kubectl apply`, `edit` and `set` send them. */
import { own, setMember } from '#base/members.ts';
import { deepEqual } from '#base/equal.ts';
import { compareStrings } from '../bytes.ts';
import type { Schema } from '../schema.ts';
import { patchError } from './errors.ts';
import { goText, isObject, type JsonObject, kindOf } from './json-object.ts';
import {
  deleteFromListPrefix,
  directive,
  elementKind,
  keyReader,
  mergeKeyOf,
  type PatchMeta,
  patchMetaOf,
  retainKeys,
  setOrderPrefix,
  sortByOrder,
} from './patch-meta.ts';
import { mergeObjects } from './strategic-merge-patch.ts';

interface DiffOptions {
  readonly setElementOrder: boolean;
  readonly ignoreChanges: boolean;
  readonly ignoreDeletions: boolean;
  readonly retainKeys: boolean;
}

const fullDiff: DiffOptions = {
  setElementOrder: true,
  ignoreChanges: false,
  ignoreDeletions: false,
  retainKeys: false,
};

/** The patch that turns `original` into `modified`. */
export function createTwoWayMergePatch(
  original: JsonObject,
  modified: JsonObject,
  schema: Schema,
): JsonObject {
  return diffObjects(original, modified, schema, fullDiff);
}

/**
 * The patch of `kubectl apply`: what `modified` adds to and changes in `current`, and what it no longer has of
 * `original`, which was applied last. It overwrites what others changed in between.
 */
export function createThreeWayMergePatch(
  original: JsonObject,
  modified: JsonObject,
  current: JsonObject,
  schema: Schema,
): JsonObject {
  const changes = diffObjects(current, modified, schema, { ...fullDiff, ignoreDeletions: true });
  const deletions = diffObjects(original, modified, schema, { ...fullDiff, ignoreChanges: true });
  return mergeObjects(deletions, changes, schema, {
    mergeParallelList: false,
    ignoreUnmatchedNulls: false,
  });
}

function diffObjects(
  original: JsonObject,
  modified: JsonObject,
  schema: Schema | undefined,
  options: DiffOptions,
): JsonObject {
  const patch: JsonObject = {};
  for (const [key, value] of Object.entries(modified)) {
    diffField(patch, key, own(original, key), value, schema, options);
  }
  if (!options.ignoreDeletions) {
    for (const key of Object.keys(original)) if (!Object.hasOwn(modified, key)) setMember(patch, key, null);
  }
  if (options.retainKeys) addRetainKeys(patch, original, modified);
  return patch;
}

/** Names the keys to keep, where anything changes (volumes and deployment strategies are unions). */
function addRetainKeys(patch: JsonObject, original: JsonObject, modified: JsonObject): void {
  const kept = Object.keys(modified).filter(key => modified[key] !== null);
  const removed = Object.keys(original).some(key => original[key] !== null && !Object.hasOwn(modified, key));
  if (kept.length > 0 && (Object.keys(patch).length > 0 || removed)) {
    patch[retainKeys] = kept.sort(compareStrings);
  }
}

function diffField(
  patch: JsonObject,
  key: string,
  before: unknown,
  after: unknown,
  schema: Schema | undefined,
  options: DiffOptions,
): void {
  if (before !== undefined && kindOf(before) === kindOf(after)) {
    const meta = patchMetaOf(schema, key);
    if (isObject(before) && meta.strategy !== 'replace') {
      const inner = { ...options, retainKeys: meta.retainKeys };
      const change = diffObjects(before, after as JsonObject, meta.schema, inner);
      if (Object.keys(change).length > 0) setMember(patch, key, change);
      return;
    }
    if (Array.isArray(before) && meta.strategy === 'merge') {
      diffList(patch, key, before, after as unknown[], meta, options);
      return;
    }
    if (!isObject(before) && deepEqual(before, after)) return;
  }
  if (!options.ignoreChanges) setMember(patch, key, after);
}

function diffList(
  patch: JsonObject,
  key: string,
  before: readonly unknown[],
  after: readonly unknown[],
  meta: PatchMeta,
  options: DiffOptions,
): void {
  if (before.length === 0) {
    if (after.length > 0 && !options.ignoreChanges) setMember(patch, key, after);
    return;
  }
  const diff =
    elementKind(before, after) === 'object'
      ? diffElements(before, after, meta, options)
      : diffScalars(before, after, options);
  if (diff.changes.length > 0) setMember(patch, key, diff.changes);
  if (diff.deletions.length > 0) patch[`${deleteFromListPrefix}/${key}`] = diff.deletions;
  if (diff.order.length > 0) patch[`${setOrderPrefix}/${key}`] = diff.order;
}

interface ListDiff {
  readonly changes: readonly unknown[];
  readonly deletions: readonly unknown[];
  readonly order: readonly unknown[];
}

function diffScalars(before: readonly unknown[], after: readonly unknown[], options: DiffOptions): ListDiff {
  const byText = (a: unknown, b: unknown) => compareStrings(goText(a), goText(b));
  const added = subtract(after, before);
  const removed = subtract(before, after);
  const changes = options.ignoreChanges ? [] : sortByOrder(added, after, keyReader(''));
  const deletions = options.ignoreDeletions ? [] : [...new Set(removed)].sort(byText);
  const reordered = !options.ignoreChanges && !deepEqual(before, after);
  const order = options.setElementOrder && (deletions.length > 0 || reordered) ? after : [];
  return { changes, deletions, order };
}

/** The elements of `list` beyond those of `other`, each counted as often as it stands there. */
function subtract(list: readonly unknown[], other: readonly unknown[]): unknown[] {
  const left = [...other];
  return list.filter(element => {
    const at = left.indexOf(element);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function diffElements(
  before: readonly unknown[],
  after: readonly unknown[],
  meta: PatchMeta,
  options: DiffOptions,
): ListDiff {
  const { mergeKey } = meta;
  if (mergeKey === '') throw patchError.unclassified('cannot merge lists without merge key');
  const keyOf = keyReader(mergeKey);
  const old = Map.groupBy(before as JsonObject[], keyOf);
  const inner = { ...options, retainKeys: meta.retainKeys };
  const changes: unknown[] = [];
  for (const element of after as JsonObject[]) {
    const key = keyOf(element);
    const counterpart = old.get(key)?.shift();
    if (!counterpart) {
      if (!options.ignoreChanges) changes.push(element);
      continue;
    }
    const change = diffObjects(counterpart, element, meta.schema, inner);
    if (Object.keys(change).length > 0) changes.push({ ...change, [mergeKey]: key });
  }
  if (!options.ignoreDeletions) {
    const left = [...old].flatMap(([key, elements]) => elements.map(() => key));
    for (const key of left.sort((a, b) => compareStrings(goText(a), goText(b)))) {
      changes.push({ [mergeKey]: key, [directive]: 'delete' });
    }
  }
  const sameOrder = before.length === after.length && before.every((e, i) => keyOf(e) === keyOf(after[i]));
  const state = options.setElementOrder && (changes.length > 0 || (!options.ignoreChanges && !sameOrder));
  const order = state ? after.map(element => ({ [mergeKey]: mergeKeyOf(element, mergeKey) })) : [];
  return { changes, deletions: [], order };
}
