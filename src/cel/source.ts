/** Where something is wrong in an expression, and how users are told: cel-go's layout, which clients print as it is. */

/** One problem. `offset` counts UTF-16 units from the start; negative where there is no place. */
export interface Issue {
  readonly offset: number;
  readonly message: string;
}

/** An expression's text with its lines. */
export class Source {
  readonly text: string;
  readonly #lineStarts: number[] = [0];

  constructor(text: string) {
    this.text = text;
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) this.#lineStarts.push(i + 1);
  }

  /** Line from 1, column from 0 in characters. */
  position(offset: number): { line: number; column: number } {
    if (offset < 0) return { line: -1, column: -1 };
    let line = 0;
    while (line + 1 < this.#lineStarts.length && this.#lineStarts[line + 1]! <= offset) line++;
    return { line: line + 1, column: [...this.text.slice(this.#lineStarts[line]!, offset)].length };
  }

  line(number: number): string | undefined {
    const start = this.#lineStarts[number - 1];
    if (start === undefined) return undefined;
    const end = this.text.indexOf('\n', start);
    return this.text.slice(start, end < 0 ? undefined : end);
  }

  /** One issue: its place, its text, the line and a mark under the place. */
  show(issue: Issue): string {
    // Of no text at all there is no place to show.
    if (this.text === '') return `ERROR: <input>:1:0: ${issue.message}`;
    const { line, column } = this.position(issue.offset);
    const head = `ERROR: <input>:${line}:${column + 1}: ${issue.message}`;
    const snippet = this.line(line)?.replaceAll('\t', ' ');
    if (snippet === undefined || snippet.length > snippetMax) return head;
    const characters = [...snippet];
    const wide = (at: number) => (characters[at]?.codePointAt(0) ?? 0) > 127;
    let mark = '';
    for (let i = 0; i < Math.min(column, characters.length); i++) mark += wide(i) ? '．' : '.';
    return `${head}\n | ${snippet}\n | ${mark}${wide(column) ? '＾' : '^'}`;
  }

  /** All issues by their place, as a client reads them. */
  showAll(issues: readonly Issue[]): string {
    const sorted = [...issues].sort((a, b) => a.offset - b.offset);
    const shown = sorted.slice(0, issuesMax).map(issue => this.show(issue));
    if (sorted.length > issuesMax) shown.push(`${sorted.length - issuesMax} more errors were truncated`);
    return shown.join('\n');
  }
}

const snippetMax = 16_384;
const issuesMax = 100;
