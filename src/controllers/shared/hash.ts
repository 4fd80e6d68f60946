import { fnv32a } from '#base/hash.ts';

// No vowels and no look-alikes (apimachinery's util/rand alphabet): a hash becomes part of names.
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** A number as text that is safe in names (apimachinery's SafeEncodeString of its decimal form). */
export function safeEncode(value: number): string {
  return Array.from(String(value), digit => alphabet[digit.charCodeAt(0) % alphabet.length]).join('');
}

/** JSON with sorted keys: the same text for the same value, whoever wrote it. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}

/** The name part of a template: equal templates have equal hashes; `collisions` tells apart those that must differ. */
export function templateHash(template: unknown, collisions: number | undefined): string {
  return safeEncode(fnv32a(canonicalJson(template) + (collisions ? String(collisions) : '')));
}
