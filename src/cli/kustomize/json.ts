/** JSON values that a build changes where they are. */
export type JsonMap = Record<string, unknown>;

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isScalar(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== 'object';
}

/** The text of a scalar as YAML has it; '' for what is none. */
export function textOf(value: unknown): string {
  return isScalar(value) ? String(value) : '';
}

export function mapIn(parent: JsonMap, key: string): JsonMap {
  const found = parent[key];
  return isMap(found) ? found : {};
}

/** The texts of a map, its numbers and booleans too. */
export function textsIn(parent: JsonMap, key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(mapIn(parent, key)).map(([name, value]) => [name, textOf(value)]));
}
