export interface TabOptions {
  readonly minWidth: number;
  readonly padding: number;
  /** Columns never get narrower than in the flush before (for watches). */
  readonly rememberWidths?: boolean;
}

/** kubectl's tables: three spaces between columns, none narrower than six. */
export const tableTabs: TabOptions = { minWidth: 6, padding: 3 };
/** kubectl describe: two spaces between columns. */
export const describeTabs: TabOptions = { minWidth: 0, padding: 2 };

/**
 * Aligns tab-terminated cells in columns, as Go's text/tabwriter does: a column is a run of neighbouring lines that
 * have a cell there, and the text behind a line's last tab belongs to none.
 */
export class TabWriter {
  readonly #options: TabOptions;
  #remembered: number[] = [];
  #pending = '';

  constructor(options: TabOptions) {
    this.#options = options;
  }

  write(text: string): void {
    this.#pending += text;
  }

  /** The text so far, aligned; the next column block starts afresh. */
  flush(): string {
    const lines = this.#pending.split('\n').map(line => line.split('\t'));
    this.#pending = '';
    const out: string[] = lines.map(() => '');
    this.#format(lines, out, 0, lines.length, []);
    return out.join('\n');
  }

  forgetWidths(): void {
    this.#remembered = [];
  }

  #format(lines: string[][], out: string[], from: number, to: number, widths: number[]): void {
    const column = widths.length;
    for (let at = from; at < to; at++) {
      if (column >= lines[at]!.length - 1) {
        out[at] = render(lines[at]!, widths);
        continue;
      }
      let end = at;
      let width = this.#options.minWidth;
      for (; end < to && column < lines[end]!.length - 1; end++)
        width = Math.max(width, runeCount(lines[end]![column]!) + this.#options.padding);
      if (this.#options.rememberWidths) {
        width = Math.max(width, this.#remembered[column] ?? 0);
        this.#remembered[column] = width;
      }
      this.#format(lines, out, at, end, [...widths, width]);
      at = end - 1;
    }
  }
}

function render(cells: string[], widths: number[]): string {
  return cells
    .map((cell, i) =>
      i < cells.length - 1 ? cell + ' '.repeat(Math.max(0, widths[i]! - runeCount(cell))) : cell,
    )
    .join('');
}

function runeCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** `text` with its tabs aligned at once. */
export function tabbed(text: string, options: TabOptions = describeTabs): string {
  const writer = new TabWriter(options);
  writer.write(text);
  return writer.flush();
}
