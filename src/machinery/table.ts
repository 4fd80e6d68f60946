/** metav1.Table: how the server shows objects to people. */
import type { KubeObject, ListMeta } from './object.ts';

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
}

export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableRow {
  cells: unknown[];
  object?: unknown;
}

export interface Table {
  kind: 'Table';
  apiVersion: 'meta.k8s.io/v1';
  metadata: ListMeta;
  columnDefinitions: Required<TableColumn>[];
  rows: TableRow[];
}

export interface TableOptions {
  /** Default: Metadata. */
  readonly includeObject?: IncludeObject;
  /** The list's own metadata, for its resourceVersion and continue token. */
  readonly listMeta?: ListMeta;
  /** Leaves the column definitions out: after the first event of a watch. */
  readonly withoutHeader?: boolean;
}

const defaultSource: Required<TableSource> = {
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
  const makeRow = row as (object: KubeObject, nowMs: number) => readonly unknown[];
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.listMeta ?? {},
    columnDefinitions: options.withoutHeader ? [] : columns!.map(completeColumn),
    rows: objects.map(object => ({
      cells: makeRow(object, nowMs).map(cell => cell ?? null),
      ...includedObject(object, options.includeObject ?? 'Metadata'),
    })),
  };
}

function completeColumn(column: TableColumn): Required<TableColumn> {
  const { name, type, format = '', description = '', priority = 0 } = column;
  return { name, type, format, description, priority };
}

function includedObject(object: KubeObject, include: IncludeObject): { object?: unknown } {
  if (include === 'None') return {};
  return { object: include === 'Object' ? object : partialMetadata(object) };
}

/** metav1.PartialObjectMetadata. */
export function partialMetadata(object: KubeObject): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
