/** JSON values for three-way merging (client-side apply). */
import { setMember } from '#base/members.ts';
type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Deep equality of JSON values; undefined members do not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every(key => sameJson(a[key], b[key]));
}

/**
 * The JSON merge patch (RFC 7386) that brings `current` to `modified` and deletes what `original` had and
 * `modified` has not: what kubectl apply sends for kinds without a merge schema.
 */
export function threeWayJsonMergePatch(original: unknown, modified: unknown, current: unknown): JsonObject {
  const additions = additionsAndChanges(isObject(current) ? current : {}, isObject(modified) ? modified : {});
  const deletions = deletedKeys(
    isObject(original) ? original : {},
    isObject(modified) ? modified : {},
    current,
  );
  return mergeObjects(deletions, additions);
}

function additionsAndChanges(current: JsonObject, modified: JsonObject): JsonObject {
  const patch: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(modified)) {
    const now = current[key];
    if (sameJson(now, value) || value === undefined) continue;
    if (isObject(value) && isObject(now)) {
      const inner = additionsAndChanges(now, value);
      if (Object.keys(inner).length > 0) setMember(patch, key, inner);
    } else setMember(patch, key, value);
  }
  return patch;
}

function deletedKeys(original: JsonObject, modified: JsonObject, current: unknown): JsonObject {
  const patch: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(original)) {
    const now = isObject(current) ? current[key] : undefined;
    if (!Object.hasOwn(modified, key)) {
      if (now !== undefined) setMember(patch, key, null);
    } else if (isObject(value) && isObject(modified[key])) {
      const inner = deletedKeys(value, modified[key], now);
      if (Object.keys(inner).length > 0) setMember(patch, key, inner);
    }
  }
  return patch;
}

function mergeObjects(a: JsonObject, b: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = merged[key];
    setMember(merged, key, isObject(before) && isObject(value) ? mergeObjects(before, value) : value);
  }
  return merged;
}

/** `target` with a JSON merge patch applied. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else setMember(merged, key, applyMergePatch(merged[key], value));
  }
  return merged;
}
