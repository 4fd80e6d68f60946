/** metav1.Table: how the server shows objects to people. */
import { typedMeta } from './member-order.ts';
import type { KubeObject, ListMeta, ObjectMeta } from './object.ts';

/** metav1.TableColumnDefinition. */
export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
}

/** What a kind shows. Absent: its name and when it was created. */
export interface TableSource {
  readonly columns?: readonly TableColumn[];
  readonly row?: (object: never, nowMs: number) => readonly unknown[];
  /** Annotations that upstream makes of fields as it shows a version: what shows metadata alone has none. */
  readonly versionedAnnotations?: readonly string[];
  /** Of custom resources, whose members are sorted. */
  readonly conversion?: object;
  /** What is to be known of a row beside its cells. */
  readonly rowConditions?: (object: never) => readonly TableRowCondition[];
}

/** metav1.TableRowCondition. */
export interface TableRowCondition {
  readonly type: 'Completed';
  readonly status: 'True';
  readonly reason: string;
  readonly message: string;
}

/** v1beta1 has the same fields. */
export type MetaVersion = 'meta.k8s.io/v1' | 'meta.k8s.io/v1beta1';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableRow {
  cells: unknown[];
  conditions?: readonly TableRowCondition[];
  object: unknown;
}

export interface Table {
  kind: 'Table';
  apiVersion: MetaVersion;
  metadata: ListMeta;
  columnDefinitions: Required<TableColumn>[];
  rows: TableRow[];
}

export interface TableOptions {
  /** Default: meta.k8s.io/v1. */
  readonly metaVersion?: MetaVersion;
  /** Default: Metadata. */
  readonly includeObject?: IncludeObject;
  /** The list's own metadata, for its resourceVersion and continue token. */
  readonly listMeta?: ListMeta;
  /** Leaves the column definitions out: after the first event of a watch. */
  readonly withoutHeader?: boolean;
  /** An object as its rows show it whole. Default: as it is. */
  readonly show?: (object: KubeObject) => object;
}

const defaultSource: Required<Pick<TableSource, 'columns' | 'row'>> = {
  columns: [
    { name: 'Name', type: 'string', format: 'name' },
    { name: 'Created At', type: 'date' },
  ],
  row: (object: KubeObject) => [object.metadata.name ?? '', object.metadata.creationTimestamp ?? null],
};

const sourceOf = (source: TableSource) => (source.columns && source.row ? source : defaultSource);

/** The table of some objects of one kind. */
export function toTable(
  source: TableSource,
  objects: readonly KubeObject[],
  nowMs: number,
  options: TableOptions = {},
): Table {
  const { columns, row } = sourceOf(source);
  const { metaVersion = 'meta.k8s.io/v1' } = options;
  const makeRow = row as (object: KubeObject, nowMs: number) => readonly unknown[];
  const conditionsOf = source.rowConditions as
    | ((object: KubeObject) => readonly TableRowCondition[])
    | undefined;
  return {
    kind: 'Table',
    apiVersion: metaVersion,
    metadata: options.listMeta ?? {},
    columnDefinitions: options.withoutHeader ? [] : columns!.map(completeColumn),
    rows: objects.map(object => ({
      cells: makeRow(object, nowMs).map(cell => cell ?? null),
      ...shownConditions(conditionsOf?.(object)),
      object: includedObject(source, object, options),
    })),
  };
}

function shownConditions(conditions: readonly TableRowCondition[] = []): Pick<TableRow, 'conditions'> {
  return conditions.length === 0 ? {} : { conditions };
}

/** What Go shows of a cell that nobody has filled. */
const zeroCells: Readonly<Record<string, unknown>> = {
  boolean: false,
  date: '0001-01-01T00:00:00Z',
  integer: 0,
  string: '',
};

/** What the cells of an object are that has nothing to show. */
export interface Blank {
  readonly object: KubeObject;
  /** Go has a zero for each cell: of what has no type, it has none. */
  readonly isTyped: boolean;
}

/** The table of an object that has nothing but metadata, as bookmarks have. */
export function blankTable(
  source: TableSource,
  object: KubeObject,
  blank: Blank,
  options: TableOptions,
): Table {
  const table = toTable(source, [blank.object], 0, options);
  const { columns } = sourceOf(source);
  const zero = (i: number) => (blank.isTyped ? zeroCells[columns![i]!.type] : null);
  const cells = table.rows[0]!.cells.map((cell, i) => cell ?? zero(i));
  return { ...table, rows: [{ cells, object: includedObject(source, object, options) }] };
}

function completeColumn(column: TableColumn): Required<TableColumn> {
  const { name, type, format = '', description = '', priority = 0 } = column;
  return { name, type, format, description, priority };
}

function includedObject(
  source: TableSource,
  object: KubeObject,
  { includeObject = 'Metadata', metaVersion = 'meta.k8s.io/v1', show }: TableOptions,
): unknown {
  if (includeObject === 'None') return null;
  if (includeObject === 'Metadata') return partialMetadata(source, object, metaVersion);
  return show ? show(object) : object;
}

/** metav1.PartialObjectMetadata. */
export function partialMetadata(
  { versionedAnnotations: versioned, conversion }: TableSource,
  { metadata }: KubeObject,
  apiVersion: MetaVersion,
): KubeObject {
  const typed = conversion ? typedMeta(metadata) : metadata;
  const shown = versioned ? withoutAnnotations(typed, versioned) : typed;
  return { kind: 'PartialObjectMetadata', apiVersion, metadata: shown };
}

function withoutAnnotations(
  { annotations = {}, ...metadata }: ObjectMeta,
  names: readonly string[],
): ObjectMeta {
  const kept = Object.entries(annotations).filter(([name]) => !names.includes(name));
  return kept.length === 0 ? metadata : { ...metadata, annotations: Object.fromEntries(kept) };
}
