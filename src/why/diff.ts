/** Where two JSON values differ, as paths that a person writes. */
import { deepEqual } from '#base/equal.ts';

export interface Difference {
  /** containers[app].image */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Lists whose items have names are compared name by name. */
export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  if (deepEqual(before, after)) return [];
  const [left, right] = [children(before), children(after)];
  if (!left || !right || left.list !== right.list) return [{ path, before, after }];
  const names = [...new Set([...left.of.keys(), ...right.of.keys()])];
  return names.flatMap(name =>
    differences(
      left.of.get(name),
      right.of.get(name),
      left.list ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`,
    ),
  );
}

function children(value: unknown): { list: boolean; of: Map<string, unknown> } | undefined {
  if (Array.isArray(value)) {
    const named = value.every(item => typeof (item as { name?: unknown } | null)?.name === 'string');
    return {
      list: true,
      of: new Map(value.map((item, i) => [named ? (item as { name: string }).name : String(i), item])),
    };
  }
  if (typeof value === 'object' && value !== null) return { list: false, of: new Map(Object.entries(value)) };
  return undefined;
}

const textMax = 60;

/** 'containers[app].image: nginx:1 -> nginx:2' */
export function differenceText({ path, before, after }: Difference): string {
  return `${path}: ${valueText(before)} -> ${valueText(after)}`;
}

export function valueText(value: unknown): string {
  if (value === undefined) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > textMax ? `${text.slice(0, textMax)}…` : text;
}
