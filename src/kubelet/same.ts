/** JSON with sorted keys and without what is empty: equal text, equal meaning to the API. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part) => {
    if (part === null || part === false || part === '') return undefined;
    if (typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
