import { since } from '#api/columns.ts';
import type { Column } from '#api/definition.ts';
import type { CustomResourceColumnDefinition } from '#api/generated/types/apiextensions.v1.ts';
import { type JsonPath, JsonPathError, parseJsonPath, valueText } from '#machinery/jsonpath.ts';
import type { KubeObject } from '#machinery/object.ts';

const nameColumn: Column = { name: 'Name', type: 'string', format: 'name' };
const ageColumn: CustomResourceColumnDefinition = {
  name: 'Age',
  type: 'date',
  description: ' ',
  jsonPath: '.metadata.creationTimestamp',
};

/** What `kubectl get` shows of a custom resource: its name, and what its definition's JSON paths lead to. */
export function customColumns(declared: readonly CustomResourceColumnDefinition[] | undefined): {
  columns: readonly Column[];
  row: (object: KubeObject, nowMs: number) => readonly unknown[];
} {
  const shown = (declared ?? [ageColumn]).flatMap(column => {
    const path = parse(column.jsonPath);
    return path ? [{ column, path }] : [];
  });
  return {
    columns: [nameColumn, ...shown.map(({ column }) => headerOf(column))],
    row: (object, nowMs) => [
      object.metadata.name,
      ...shown.map(({ column, path }) => cell(column.type, valueAt(path, object), nowMs)),
    ],
  };
}

/** Undefined where a path leads nowhere, or beyond a list. */
function valueAt(path: JsonPath, object: KubeObject): unknown {
  try {
    return path.find(object)[0]?.[0];
  } catch (error) {
    if (error instanceof JsonPathError) return undefined;
    throw error;
  }
}

/** Undefined for what is no path: the column does not show. */
function parse(path: string): JsonPath | undefined {
  try {
    return parseJsonPath(`{${path}}`);
  } catch (error) {
    if (error instanceof JsonPathError) return undefined;
    throw error;
  }
}

function headerOf({
  name,
  type,
  format,
  description,
  priority,
  jsonPath,
}: CustomResourceColumnDefinition): Column {
  return {
    name,
    type: type as Column['type'],
    ...(format ? { format } : {}),
    description: (
      description || `Custom resource definition column (in JSONPath format): ${jsonPath}`
    ).trim(),
    ...(priority ? { priority } : {}),
  };
}

function cell(type: string, value: unknown, nowMs: number): unknown {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'string':
      return valueText(value);
    case 'integer':
      if (typeof value === 'bigint') return value;
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    default:
      if (typeof value !== 'string') return null;
      return Number.isNaN(Date.parse(value)) ? '<invalid>' : since(value, nowMs);
  }
}
