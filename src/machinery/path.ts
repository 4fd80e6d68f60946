/** Values in JSON objects by dotted path, e.g. 'spec.replicas' (a leading dot is allowed, as in a CRD's paths). */
import { assert } from '#base/assert.ts';

function segmentsOf(path: string): string[] {
  return path.split('.').filter(segment => segment !== '');
}

/** The value at the path; undefined where any part of it is missing. */
export function getPath(value: unknown, path: string): unknown {
  let at = value;
  for (const segment of segmentsOf(path)) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, segment)) return undefined;
    at = (at as Record<string, unknown>)[segment];
  }
  return at;
}

/** Sets the value at the path of a mutable object, making the objects on the way. */
export function setPath(object: object, path: string, value: unknown): void {
  const segments = segmentsOf(path);
  const last = segments.pop();
  assert(last !== undefined && !path.includes('__proto__'), `bad path ${path}`);
  let at = object as Record<string, unknown>;
  for (const segment of segments) {
    const next = at[segment];
    if (typeof next !== 'object' || next === null) at[segment] = {};
    at = at[segment] as Record<string, unknown>;
  }
  at[last] = value;
}
