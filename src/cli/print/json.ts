/** JSON as kubectl prints it: keys sorted, four spaces, empty collections on one line, HTML characters escaped. */
export function toJson(value: unknown, indent = '    '): string {
  return `${escapeHtml(JSON.stringify(sorted(value), undefined, indent) ?? 'null')}\n`;
}

/** One line of JSON, keys sorted, as Go's encoder writes a map. */
export function toCompactJson(value: unknown): string {
  return escapeHtml(JSON.stringify(sorted(value)) ?? 'null');
}

function escapeHtml(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return orderedObject(
    Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function orderedObject(entries: [string, unknown][]): unknown {
  const out: Record<string, unknown> = {};
  for (const [key, part] of entries) out[key] = sorted(part);
  return out;
}
