/** Two texts compared by their lines, as difflib compares them and diff -u shows it. */

/** `size` lines that are alike, from line `a` of the one text and from line `b` of the other. */
interface Match {
  readonly a: number;
  readonly b: number;
  readonly size: number;
}

/** Lines `a1` to `a2` of the one text stand where `b1` to `b2` of the other do. */
interface Step {
  readonly isSame: boolean;
  readonly a1: number;
  readonly a2: number;
  readonly b1: number;
  readonly b2: number;
}

const contextLines = 3;
/** From so many lines on, those that come often are no ground to find one's way by. */
const manyLines = 200;
/** Pairs of lines that are looked at. What is left then counts as changed: clients say how long a text is. */
const pairsMax = 100_000;

class Matcher {
  readonly #a: readonly string[];
  readonly #b: readonly string[];
  /** Where a line stands in the other text. */
  readonly #places = new Map<string, number[]>();
  #pairs = 0;

  constructor(a: readonly string[], b: readonly string[]) {
    this.#a = a;
    this.#b = b;
    b.forEach((line, i) => {
      const places = this.#places.get(line);
      if (places) places.push(i);
      else this.#places.set(line, [i]);
    });
    if (b.length < manyLines) return;
    const often = Math.floor(b.length / 100) + 1;
    for (const [line, places] of this.#places) if (places.length > often) this.#places.delete(line);
  }

  /** In order; the longest were found first, and then those on their sides. */
  matches(): Match[] {
    const found: Match[] = [];
    const open: [a1: number, a2: number, b1: number, b2: number][] = [[0, this.#a.length, 0, this.#b.length]];
    for (let next = open.pop(); next; next = open.pop()) {
      const [a1, a2, b1, b2] = next;
      const match = this.#longest(a1, a2, b1, b2);
      const { a, b, size } = match;
      if (size === 0) continue;
      found.push(match);
      if (a1 < a && b1 < b) open.push([a1, a, b1, b]);
      if (a + size < a2 && b + size < b2) open.push([a + size, a2, b + size, b2]);
    }
    return joined(found.sort((one, other) => one.a - other.a));
  }

  #longest(a1: number, a2: number, b1: number, b2: number): Match {
    let best: Match = { a: a1, b: b1, size: 0 };
    let lengths = new Map<number, number>();
    for (let i = a1; i < a2 && this.#pairs < pairsMax; i++) {
      const next = new Map<number, number>();
      this.#pairs++;
      for (const j of this.#places.get(this.#a[i]!) ?? []) {
        this.#pairs++;
        if (j < b1) continue;
        if (j >= b2) break;
        const size = (lengths.get(j - 1) ?? 0) + 1;
        next.set(j, size);
        if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size };
      }
      lengths = next;
    }
    return this.#extended(best, a1, a2, b1, b2);
  }

  #extended({ a, b, size }: Match, a1: number, a2: number, b1: number, b2: number): Match {
    let [from, other, end] = [a, b, a + size];
    while (from > a1 && other > b1 && this.#a[from - 1] === this.#b[other - 1]) {
      from--;
      other--;
    }
    while (end < a2 && other + end - from < b2 && this.#a[end] === this.#b[other + end - from]) end++;
    return { a: from, b: other, size: end - from };
  }
}

function joined(matches: readonly Match[]): Match[] {
  const out: Match[] = [];
  for (const match of matches) {
    const last = out.at(-1);
    if (last && last.a + last.size === match.a && last.b + last.size === match.b) {
      out[out.length - 1] = { ...last, size: last.size + match.size };
    } else out.push(match);
  }
  return out;
}

function stepsOf(matches: readonly Match[], lengthA: number, lengthB: number): Step[] {
  const steps: Step[] = [];
  let [a1, b1] = [0, 0];
  for (const { a, b, size } of [...matches, { a: lengthA, b: lengthB, size: 0 }]) {
    if (a1 < a || b1 < b) steps.push({ isSame: false, a1, a2: a, b1, b2: b });
    if (size > 0) steps.push({ isSame: true, a1: a, a2: a + size, b1: b, b2: b + size });
    [a1, b1] = [a + size, b + size];
  }
  return steps;
}

/** Each group has what changed in one place, between lines that did not. */
function grouped(steps: readonly Step[]): Step[][] {
  const groups: Step[][] = [];
  let group: Step[] = [];
  steps.forEach((step, i) => {
    const { a1, a2, b1, b2 } = step;
    const head = { ...step, a2: Math.min(a2, a1 + contextLines), b2: Math.min(b2, b1 + contextLines) };
    const tail = { ...step, a1: Math.max(a1, a2 - contextLines), b1: Math.max(b1, b2 - contextLines) };
    if (!step.isSame) group.push(step);
    else if (i === 0) group.push(tail);
    else if (i === steps.length - 1) group.push(head);
    else if (a2 - a1 <= 2 * contextLines) group.push(step);
    else {
      groups.push([...group, head]);
      group = [tail];
    }
  });
  groups.push(group);
  return groups.filter(each => each.some(({ isSame }) => !isSame));
}

function range(start: number, end: number): string {
  if (end - start === 1) return String(start + 1);
  return `${start === end ? start : start + 1},${end - start}`;
}

/** '' where the texts are the same. */
export function unifiedDiff(one: string, other: string): string {
  const [a, b] = [one.split('\n'), other.split('\n')];
  const steps = stepsOf(new Matcher(a, b).matches(), a.length, b.length);
  const marked = (mark: string, lines: readonly string[]) => lines.map(line => `${mark}${line}\n`).join('');
  return grouped(steps)
    .map(group => {
      const [first, last] = [group[0]!, group.at(-1)!];
      const body = group.map(({ isSame, a1, a2, b1, b2 }) =>
        isSame ? marked(' ', a.slice(a1, a2)) : marked('-', a.slice(a1, a2)) + marked('+', b.slice(b1, b2)),
      );
      return `@@ -${range(first.a1, last.a2)} +${range(first.b1, last.b2)} @@\n${body.join('')}`;
    })
    .join('');
}
