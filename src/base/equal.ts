import { setMember } from './members.ts';

const none = Symbol('none');

/** Lets an empty list or map equal null and what is absent. */
export function countAsNone(empty: object): void {
  if (!countsAsNone(empty)) Object.defineProperty(empty, none, { value: true });
}

export function countsAsNone(value: unknown): boolean {
  return typeof value === 'object' && value !== null && none in value;
}

/** What of a value's parts counts as none left out. */
export function withoutNone(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutNone);
  const kept = Object.entries(value).filter(([, part]) => !countsAsNone(part));
  return Object.fromEntries(kept.map(([name, part]) => [name, withoutNone(part)]));
}

/** Equality of JSON values. A key that holds undefined counts as absent. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return ((b ?? null) === null && countsAsNone(a)) || ((a ?? null) === null && countsAsNone(b));
  }
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && arraysEqual(a, b);
  return recordsEqual(a as Record<string, unknown>, b as Record<string, unknown>);
}

function arraysEqual(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!deepEqual(a[i], b[i])) return false;
  return true;
}

function recordsEqual(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  let count = 0;
  for (const key in a) {
    if (a[key] === undefined) continue;
    if (!deepEqual(a[key], b[key])) return false;
    if (b[key] !== undefined) count++;
  }
  for (const key in b) if (b[key] !== undefined && !(a[key] === undefined && countsAsNone(b[key]))) count--;
  return count === 0;
}

/** A mutable copy of a JSON value, without keys that hold undefined. */
export function cloneJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(cloneJson) as T;
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const part = value[key];
    if (part === undefined) continue;
    setMember(copy, key, cloneJson(part));
  }
  return copy as T;
}
