import { escapeHtml, sorted } from '#machinery/go-json.ts';

export { goJson as toCompactJson } from '#machinery/go-json.ts';

/** JSON as kubectl prints it: keys sorted, four spaces, empty collections on one line, HTML characters escaped. */
export function toJson(value: unknown, indent = '    '): string {
  return `${escapeHtml(JSON.stringify(sorted(value), undefined, indent) ?? 'null')}\n`;
}
