/** metav1.Table: how the server shows objects to people. */
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
}

const defaultSource: Required<Pick<TableSource, 'columns' | 'row'>> = {
  columns: [
    { name: 'Name', type: 'string', format: 'name' },
    { name: 'Created At', type: 'date' },
  ],
  row: (object: KubeObject) => [object.metadata.name ?? '', object.metadata.creationTimestamp ?? null],
};

/** The table of some objects of one kind. */
export function toTable(
  source: TableSource,
  objects: readonly KubeObject[],
  nowMs: number,
  options: TableOptions = {},
): Table {
  const { columns, row } = source.columns && source.row ? source : defaultSource;
  const { metaVersion = 'meta.k8s.io/v1', includeObject = 'Metadata' } = options;
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
      ...includedObject(source, object, includeObject, metaVersion),
    })),
  };
}

function shownConditions(conditions: readonly TableRowCondition[] = []): Pick<TableRow, 'conditions'> {
  return conditions.length === 0 ? {} : { conditions };
}

/** The table of an object that has nothing but metadata, as bookmarks have: its cells are empty. */
export function blankTable({ columns }: TableSource, object: KubeObject, options: TableOptions): Table {
  const source = columns ? { columns, row: () => columns.map(() => null) } : {};
  return toTable(source, [object], 0, options);
}

function completeColumn(column: TableColumn): Required<TableColumn> {
  const { name, type, format = '', description = '', priority = 0 } = column;
  return { name, type, format, description, priority };
}

function includedObject(
  source: TableSource,
  object: KubeObject,
  include: IncludeObject,
  metaVersion: MetaVersion,
): { object: unknown } {
  if (include === 'None') return { object: null };
  return { object: include === 'Object' ? object : partialMetadata(source, object, metaVersion) };
}

/** metav1.PartialObjectMetadata. */
export function partialMetadata(
  { versionedAnnotations: versioned }: TableSource,
  { metadata }: KubeObject,
  apiVersion: MetaVersion,
): KubeObject {
  const shown = versioned ? withoutAnnotations(metadata, versioned) : metadata;
  return { kind: 'PartialObjectMetadata', apiVersion, metadata: shown };
}

function withoutAnnotations(
  { annotations = {}, ...metadata }: ObjectMeta,
  names: readonly string[],
): ObjectMeta {
  const kept = Object.entries(annotations).filter(([name]) => !names.includes(name));
  return kept.length === 0 ? metadata : { ...metadata, annotations: Object.fromEntries(kept) };
}
