import type { KubeObject } from '#machinery/object.ts';
import { CliError } from '../errors.ts';
import { parseJsonPath, relaxedExpression } from './jsonpath.ts';
import { naturalOrder } from '#machinery/yaml-write.ts';
import type { Table } from './table.ts';

/** --sort-by over objects. */
export function sortObjects(objects: readonly KubeObject[], field: string): KubeObject[] {
  return sortedBy(objects, field, object => object);
}

/** --sort-by over the rows of a table, which carry their objects. */
export function sortRows(table: Table, field: string): Table {
  return { ...table, rows: sortedBy(table.rows, field, row => row.object) };
}

function sortedBy<T>(items: readonly T[], field: string, objectOf: (item: T) => unknown): T[] {
  const path = parseJsonPath(relaxedExpression(field));
  const keyed = items.map(item => ({ item, key: path.find(objectOf(item))[0]?.[0] }));
  if (items.length > 0 && keyed.every(({ key }) => key === undefined))
    throw new CliError(
      `couldn't find any field with path ${JSON.stringify(relaxedExpression(field))} in the list of objects`,
    );
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ item }) => item);
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Missing values first, numbers by size, quantities and times by value, the rest as natural text. */
function compare(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  const left = String(a);
  const right = String(b);
  const quantities = [quantity(left), quantity(right)];
  if (quantities[0] !== undefined && quantities[1] !== undefined) return quantities[0] - quantities[1];
  return naturalOrder(left, right);
}

const scales: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

function quantity(text: string): number | undefined {
  const match = /^([-+]?\d+(?:\.\d+)?)([numkMGTPE]|[KMGTPE]i)?$/.exec(text);
  return match ? Number(match[1]) * scales[match[2] ?? '']! : undefined;
}
