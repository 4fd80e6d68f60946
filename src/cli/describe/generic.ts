import type { KubeObject } from '#machinery/object.ts';
import type { KindDescriber } from './describer.ts';
import { type DescriptionText, shown } from './text.ts';

const skipped = new Set([
  '.metadata.managedFields',
  '.metadata.name',
  '.metadata.namespace',
  '.metadata.labels',
  '.metadata.annotations',
]);

/** Any object without a describer of its own: its fields, one a line. */
export function genericDescriber(group: string, kind: string): KindDescriber {
  return {
    group,
    kind,
    events: true,
    describe: (text, object) => {
      const { metadata } = object;
      text.field(0, 'Name', metadata.name).field(0, 'Namespace', metadata.namespace);
      text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
      describeFields(text, 0, object as KubeObject & Record<string, unknown>, '');
    },
  };
}

function describeFields(
  text: DescriptionText,
  level: number,
  fields: Record<string, unknown>,
  path: string,
): void {
  for (const key of Object.keys(fields).sort()) {
    const value = fields[key];
    const at = `${path}.${key}`;
    if (skipped.has(at)) continue;
    if (Array.isArray(value)) {
      text.line(level, `${labelOf(key)}:`);
      for (const item of value)
        if (isFields(item)) describeFields(text, level + 1, item, at);
        else text.line(level + 1, shown(item));
    } else if (isFields(value)) {
      text.line(level, `${labelOf(key)}:`);
      describeFields(text, level + 1, value, at);
    } else text.field(level, labelOf(key), value === null ? '<nil>' : value);
  }
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const acronyms = new Set(['API', 'URL', 'UID', 'GUID']);

/** 'apiVersion' as 'API Version'; names with other signs stay as they are. */
function labelOf(field: string): string {
  if (!/^[\p{L}-]+$/u.test(field)) return field;
  const parts = field.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|-/g) ?? [field];
  return parts
    .map(part => {
      if (acronyms.has(part.toUpperCase())) return part.toUpperCase();
      return part === part.toLowerCase() ? part.charAt(0).toUpperCase() + part.slice(1) : part;
    })
    .join(' ');
}
