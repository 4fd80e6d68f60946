import { CliError } from '../errors.ts';
import { type JsonPath, parseJsonPath, relaxedExpression, valueText } from './jsonpath.ts';
import { TabWriter, tableTabs } from './tabwriter.ts';

interface Column {
  readonly header: string;
  readonly path: JsonPath;
}

/** -o custom-columns=HEADER:.path,...: one row per object, '<none>' where there is nothing. */
export class CustomColumnsPrinter {
  readonly #columns: readonly Column[];
  readonly #writer = new TabWriter({ ...tableTabs, rememberWidths: true });
  #headersDone: boolean;

  constructor(columns: readonly Column[], noHeaders: boolean) {
    this.#columns = columns;
    this.#headersDone = noHeaders;
  }

  static fromSpec(spec: string, noHeaders: boolean): CustomColumnsPrinter {
    if (spec === '') throw new CliError('custom-columns format specified but no custom columns given');
    const columns = spec.split(',').map(part => {
      const colon = part.indexOf(':');
      if (colon < 0)
        throw new CliError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
      return { header: part.slice(0, colon), path: columnPath(part.slice(colon + 1)) };
    });
    return new CustomColumnsPrinter(columns, noHeaders);
  }

  /** The file has the headers in its first line and the paths in its second, in columns. */
  static fromTemplate(text: string, noHeaders: boolean): CustomColumnsPrinter {
    const lines = text.split('\n').filter(line => line.trim() !== '');
    if (lines.length < 2)
      throw new CliError('invalid template, missing header and path spec lines in the custom-columns file');
    const headers = lines[0]!.trim().split(/\s+/);
    const paths = lines[1]!.trim().split(/\s+/);
    if (headers.length !== paths.length)
      throw new CliError(
        `number of headers (${headers.length}) and field specifications (${paths.length}) don't match`,
      );
    return new CustomColumnsPrinter(
      headers.map((header, i) => ({ header, path: columnPath(paths[i]!) })),
      noHeaders,
    );
  }

  print(object: unknown): void {
    if (!this.#headersDone) {
      this.#writer.write(`${this.#columns.map(column => column.header).join('\t')}\n`);
      this.#headersDone = true;
    }
    const cells = this.#columns.map(({ path }) => {
      const values = path.find(object)[0] ?? [];
      return values.length === 0 ? '<none>' : values.map(cell).join(',');
    });
    this.#writer.write(`${cells.join('\t')}\n`);
  }

  flush(): string {
    return this.#writer.flush();
  }
}

function columnPath(path: string): JsonPath {
  return parseJsonPath(relaxedExpression(path));
}

/** Maps and lists print as Go's %v. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return '<none>';
  if (Array.isArray(value)) return `[${value.map(cell).join(' ')}]`;
  if (typeof value === 'object')
    return `map[${Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => `${key}:${cell(part)}`)
      .join(' ')}]`;
  return valueText(value);
}
