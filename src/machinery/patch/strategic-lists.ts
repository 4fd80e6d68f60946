/** How lists merge in a strategic merge patch. */
import { patchError } from './errors.ts';
import { goText, isObject, type JsonObject, own } from './json-object.ts';
import {
  asList,
  directive,
  elementKind,
  type KeyOf,
  keyReader,
  mergeKeyOf,
  type PatchMeta,
  placesOf,
  setOrderPrefix,
  sortByOrder,
} from './patch-meta.ts';
import { type MergeOptions, mergeObjects, withoutDirectives } from './strategic-merge-patch.ts';

/** Merges a patch's list into a list: by merge key, as a set of scalars, or deleting the patch's elements. */
export function mergeLists(
  original: readonly unknown[],
  patch: readonly unknown[],
  meta: PatchMeta,
  isDeleteList: boolean,
  options: MergeOptions,
): unknown[] {
  const kind = elementKind(original, patch);
  if (!kind) return [];
  if (kind !== 'object') {
    if (isDeleteList && options.mergeParallelList)
      return original.filter(element => !patch.includes(element));
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
  const ofPatch = placesOf(patchOrder, keyOf);
  const patchItems = list.filter(element => ofPatch.has(keyOf(element)));
  const serverItems = list.filter(element => !ofPatch.has(keyOf(element)));
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
  let kept = original;
  let replace = false;
  for (const element of patch as JsonObject[]) {
    const what = own(element, directive);
    if (what === undefined) plain.push(element);
    else if (what === 'delete') {
      const key = mergeKeyOf(element, mergeKey);
      kept = kept.filter(other => !isObject(other) || own(other, mergeKey) !== key);
    } else if (what === 'replace') replace = true;
    else if (what === 'merge') {
      throw patchError.unclassified('merging lists cannot yet be specified in the patch');
    } else throw patchError.unclassified(`unknown patch type: ${goText(what)} in map: ${goText(element)}`);
  }
  return replace ? { original: plain, patch: [] } : { original: kept, patch: plain };
}

function mergeElements(
  original: readonly unknown[],
  patch: readonly unknown[],
  meta: PatchMeta,
  options: MergeOptions,
): unknown[] {
  const list = [...original];
  for (const element of patch as JsonObject[]) {
    const key = mergeKeyOf(element, meta.mergeKey);
    const at = list.findIndex(other => isObject(other) && own(other, meta.mergeKey) === key);
    if (at < 0) list.push(element);
    else list[at] = mergeObjects(list[at] as JsonObject, element, meta.schema, options);
  }
  return list;
}

/** Merges two lists, either of which may be missing, in the order that the patch states; undefined for no list. */
export function orderLists(
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
  elementKind(before, change);
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
  const keyOf = keyReader(mergeKey);
  const plain = patch.filter(element => !isObject(element) || !Object.hasOwn(element, directive));
  let at = 0;
  for (const element of order) {
    if (at < plain.length && keyOf(plain[at]) === keyOf(element)) at++;
  }
  if (at === plain.length) return;
  throw patchError.unclassified(
    `The order in patch list:\n${goText(patch)}\n doesn't match ${setOrderPrefix} list:\n${goText(order)}\n`,
  );
}
