import { own } from '#base/members.ts';
import type { KubeObject } from '#machinery/object.ts';
import { TabWriter, tableTabs } from './tabwriter.ts';

/** metav1.Table as the server sends it. */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: string;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly columnDefinitions?: readonly TableColumn[];
  readonly rows: readonly TableRow[];
}

export interface TableColumn {
  readonly name: string;
  readonly type?: string;
  readonly format?: string;
  readonly priority?: number;
}

export interface TableRow {
  readonly cells: readonly unknown[];
  readonly object?: KubeObject;
}

export interface TableOptions {
  readonly wide: boolean;
  readonly noHeaders: boolean;
  readonly withNamespace: boolean;
  /** 'deployment.apps' before each name; '' for none. */
  readonly kindPrefix: string;
  readonly showLabels: boolean;
  readonly labelColumns: readonly string[];
}

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && (value as { kind?: string }).kind === 'Table';
}

/** Prints tables of one resource: the headers once, the columns aligned across all rows of a flush. */
export class TablePrinter {
  readonly #options: TableOptions;
  readonly #writer = new TabWriter({ ...tableTabs, rememberWidths: true });
  #columns: readonly TableColumn[] = [];
  #headersDone: boolean;
  #extra: readonly string[];

  /** `extraColumns` stand first in every row (the event of a watch). */
  constructor(options: TableOptions, extraColumns: readonly string[] = []) {
    this.#options = options;
    this.#headersDone = options.noHeaders;
    this.#extra = extraColumns;
  }

  print(table: Table, extraCells: readonly string[] = []): void {
    if (table.columnDefinitions && table.columnDefinitions.length > 0)
      this.#columns = table.columnDefinitions;
    if (!this.#headersDone) {
      this.#line(this.#headers());
      this.#headersDone = true;
    }
    for (const row of table.rows) this.#line([...extraCells, ...this.#cells(row)]);
  }

  flush(): string {
    return this.#writer.flush();
  }

  #line(cells: readonly string[]): void {
    this.#writer.write(`${cells.join('\t')}\n`);
  }

  #headers(): string[] {
    const { withNamespace, labelColumns, showLabels } = this.#options;
    return [
      ...this.#extra,
      ...(withNamespace ? ['NAMESPACE'] : []),
      ...this.#shown().map(({ column }) => column.name.toUpperCase()),
      ...labelColumns.map(key => key.slice(key.lastIndexOf('/') + 1).toUpperCase()),
      ...(showLabels ? ['LABELS'] : []),
    ];
  }

  #shown(): { column: TableColumn; index: number }[] {
    return this.#columns
      .map((column, index) => ({ column, index }))
      .filter(({ column }) => this.#options.wide || !column.priority);
  }

  #cells(row: TableRow): string[] {
    const { withNamespace, kindPrefix, labelColumns, showLabels } = this.#options;
    const metadata = row.object?.metadata ?? {};
    const labels = metadata.labels ?? {};
    return [
      ...(withNamespace ? [metadata.namespace ?? ''] : []),
      ...this.#shown().map(({ column, index }) => {
        const text = cellText(row.cells[index]);
        return kindPrefix && column.format === 'name' ? `${kindPrefix}/${text}` : text;
      }),
      ...labelColumns.map(key => own(labels, key) ?? ''),
      ...(showLabels ? [labelsText(labels)] : []),
    ];
  }
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  const text = String(cell);
  const breakAt = text.search(/[\f\n\r]/);
  return breakAt < 0 ? text : `${text.slice(0, breakAt)}...`;
}

/** 'a=b,c=d' in the order of the keys, or '<none>'. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
  return pairs.length > 0 ? pairs.join(',') : '<none>';
}
