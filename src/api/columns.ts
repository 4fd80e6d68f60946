import type { Column } from './definition.ts';

type Metadata = { metadata: { name?: string; creationTimestamp?: string } };

export const nameColumn: Column = { name: 'Name', type: 'string', format: 'name' };
export const ageColumn: Column = { name: 'Age', type: 'string' };

/** A column that always shows. */
export function column(name: string, type: Column['type'] = 'string'): Column {
  return { name, type };
}

/** A column that `-o wide` shows. */
export function wideColumn(name: string, type: Column['type'] = 'string'): Column {
  return { name, type, priority: 1 };
}

/** The wide columns of whatever has a pod template. */
export const templateColumns: readonly Column[] = [wideColumn('Containers'), wideColumn('Images')];

/** The columns of what keeps so many pods of one template. */
export const replicaColumns: readonly Column[] = [
  nameColumn,
  column('Desired', 'integer'),
  column('Current', 'integer'),
  column('Ready', 'integer'),
  ageColumn,
  ...templateColumns,
  wideColumn('Selector'),
];

interface Replicated extends Metadata {
  readonly spec?: { readonly replicas?: number; readonly template?: Parameters<typeof templateCells>[0] };
  readonly status?: { readonly replicas?: number; readonly readyReplicas?: number };
}

/** The cells of `replicaColumns`. */
export function replicaCells(object: Replicated, nowMs: number, selector: string): unknown[] {
  const { metadata, spec, status } = object;
  return [
    metadata.name,
    spec?.replicas ?? 0,
    status?.replicas ?? 0,
    status?.readyReplicas ?? 0,
    age(object, nowMs),
    ...templateCells(spec?.template),
    selector,
  ];
}

/** Go's durations end at as many nanoseconds as 63 bits hold: some 292 years. */
const durationMsMax = 2 ** 63 / 1e6;

/** Time passed since an RFC 3339 time, as people say it; '<unknown>' when there is none. */
export function since(time: string | null | undefined, nowMs: number): string {
  return time ? humanDuration(Math.min(nowMs - Date.parse(time), durationMsMax)) : '<unknown>';
}

/** The cell of an Age column. */
export function age(object: Metadata, nowMs: number): string {
  return since(object.metadata.creationTimestamp, nowMs);
}

/** The cells of `templateColumns`. */
export function templateCells(
  template: { spec?: { containers?: readonly { name: string; image?: string }[] } } | undefined,
): [names: string, images: string] {
  const containers = template?.spec?.containers ?? [];
  return [containers.map(c => c.name).join(','), containers.map(c => c.image ?? '').join(',')];
}

/** 'a=b,c=d' in key order; '<none>' when there are none. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.keys(labels ?? {})
    .sort()
    .map(key => `${key}=${labels![key]}`);
  return pairs.length === 0 ? '<none>' : pairs.join(',');
}

/** The first `max` of a list, and how many more there are; `empty` when there is nothing. */
export function listText(items: readonly string[], max: number, empty = '<unset>'): string {
  const shown = items.slice(0, max).join(',');
  if (items.length > max) return `${shown} + ${items.length - max} more...`;
  return shown === '' ? empty : shown;
}

/** A duration in at most two units, as duration.HumanDuration says it. */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return twoUnits(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return twoUnits(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return twoUnits(days, 'd', hours % 24, 'h');
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? twoUnits(years, 'y', days % 365, 'd') : `${years}y`;
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
