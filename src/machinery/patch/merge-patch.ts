/** JSON merge patch (RFC 7386), applied and computed. */
import { own, setMember } from '#base/members.ts';
import { deepEqual } from '#base/equal.ts';
import { isObject, type JsonObject } from './json-object.ts';

/** The patched value. Parts that the patch leaves alone are shared with `original`, which is never changed. */
export function applyMergePatch<T>(original: T, patch: unknown): T {
  return merge(original, patch) as T;
}

function merge(original: unknown, patch: unknown): unknown {
  if (!isObject(original)) return withoutNulls(patch);
  if (!isObject(patch)) return patch;
  const merged: JsonObject = { ...original };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else setMember(merged, key, merge(own(merged, key), value));
  }
  return merged;
}

/** What takes the place of no object: its objects lose their nulls, those in lists too; lists keep theirs. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept: JsonObject = {};
  for (const [key, part] of Object.entries(value)) {
    if (part !== null) setMember(kept, key, withoutNulls(part));
  }
  return kept;
}

/** The merge patch that turns `original` into `modified`. */
export function createMergePatch(original: JsonObject, modified: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const [key, value] of Object.entries(modified)) {
    const before = own(original, key);
    if (isObject(before) && isObject(value)) {
      const inner = createMergePatch(before, value);
      if (Object.keys(inner).length > 0) setMember(patch, key, inner);
    } else if (!Object.hasOwn(original, key) || !deepEqual(before, value)) setMember(patch, key, value);
  }
  for (const key of Object.keys(original)) {
    if (!Object.hasOwn(modified, key)) setMember(patch, key, null);
  }
  return patch;
}

/**
 * The merge patch of `kubectl apply` for kinds without strategic merge: additions and changes from `current` to
 * `modified`, deletions from `original` (what was last applied) to `modified`.
 */
export function createThreeWayJsonMergePatch(
  original: JsonObject,
  modified: JsonObject,
  current: JsonObject,
): JsonObject {
  const changes = onlyNulls(createMergePatch(current, modified), false) as JsonObject;
  const deletions = onlyNulls(createMergePatch(original, modified), true) as JsonObject;
  return union(changes, deletions);
}

/** The patch with only its nulls (deletions), or only the rest. */
function onlyNulls(patch: JsonObject, nulls: boolean): JsonObject {
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(patch)) {
    if (isObject(value)) {
      const inner = onlyNulls(value, nulls);
      if (Object.keys(inner).length > 0 || (!nulls && Object.keys(value).length === 0))
        setMember(kept, key, inner);
    } else if ((value === null) === nulls) setMember(kept, key, value);
  }
  return kept;
}

function union(a: JsonObject, b: JsonObject): JsonObject {
  const both = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const mine = own(both, key);
    setMember(both, key, isObject(mine) && isObject(value) ? union(mine, value) : value);
  }
  return both;
}
