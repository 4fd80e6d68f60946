/**
 * How a backtracking matcher may go astray over a regular expression: by the number of ways in which it can read one
 * text (Weber and Seidl, On the degree of ambiguity of finite automata). Positions of the expression are the states
 * (Glushkov). What looks ahead or behind, and what refers back, is read as nothing.
 */

export type Ambiguity = 'none' | 'polynomial' | 'exponential';

type Node =
  | { readonly type: 'set'; readonly chars: bigint }
  | { readonly type: 'sequence' | 'choice'; readonly parts: readonly Node[] }
  | { readonly type: 'repeat'; readonly part: Node; readonly min: number; readonly max: number };

const empty: Node = { type: 'sequence', parts: [] };
/** After the end nothing comes, nor before the beginning. */
const never: Node = { type: 'set', chars: 0n };

/** What stands for all characters: ASCII, and some that classes of Unicode tell apart. */
const samples = [
  ...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)),
  ...['\u0085', '\u00a0', 'µ', 'é', 'Ω', '\u2028', '€'],
];

class Reader {
  readonly #source: string;
  readonly #flags: string;
  #at = 0;

  constructor(source: string, flags: string) {
    this.#source = source;
    this.#flags = flags.replace(/[gy]/g, '');
  }

  choice(): Node {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return parts.length === 1 ? parts[0]! : { type: 'choice', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#source.length && !'|)'.includes(this.#source[this.#at]!))
      parts.push(this.#quantified());
    return { type: 'sequence', parts };
  }

  #quantified(): Node {
    const part = this.#atom();
    const [quantifier, ...counts] = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(this.#rest) ?? [];
    if (quantifier === undefined) return part;
    this.#at += quantifier.length;
    const [least, comma, most] = counts;
    const min = least === undefined ? (quantifier[0] === '+' ? 1 : 0) : Number(least);
    if (least === undefined) return { type: 'repeat', part, min, max: quantifier[0] === '?' ? 1 : Infinity };
    return { type: 'repeat', part, min, max: most ? Number(most) : comma ? Infinity : min };
  }

  #atom(): Node {
    if (this.#take('(')) return this.#group();
    const [anchor] = /^(?:[\^$]|\\[bB]|\\[1-9]|\\k<\w+>)/.exec(this.#rest) ?? [];
    if (anchor !== undefined) {
      this.#at += anchor.length;
      return anchor === '$' && !this.#flags.includes('m') ? never : empty;
    }
    const [text] =
      /^(?:\[(?:\\.|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\u\{[^}]*\}|\\u[\da-fA-F]{4}|\\x[\da-fA-F]{2}|\\.|.)/su.exec(
        this.#rest,
      )!;
    this.#at += text.length;
    return { type: 'set', chars: this.#charsOf(text) };
  }

  #group(): Node {
    const [look] = /^\?<?[=!]/.exec(this.#rest) ?? [];
    const [prefix] = /^\?(?:<?[=!]|<\w+>|[a-z-]*:)/.exec(this.#rest) ?? [''];
    this.#at += prefix.length;
    const inner = this.choice();
    this.#take(')');
    return look === undefined ? inner : empty;
  }

  #charsOf(text: string): bigint {
    const pattern = new RegExp(`^${text === '/' ? '\\/' : text}$`, this.#flags);
    return samples.reduce((chars, one, i) => (pattern.test(one) ? chars | (1n << BigInt(i)) : chars), 0n);
  }

  get #rest(): string {
    return this.#source.slice(this.#at);
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}

/** Where a part begins and ends. */
interface Ends {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly nullable: boolean;
}

class Automaton {
  readonly chars: bigint[] = [];
  /** For each position those that may come next, with the number of ways to get there. */
  readonly follow: Map<number, number>[] = [];

  add(node: Node): Ends {
    switch (node.type) {
      case 'set':
        this.chars.push(node.chars);
        this.follow.push(new Map());
        return { first: [this.chars.length - 1], last: [this.chars.length - 1], nullable: false };
      case 'sequence':
        return node.parts.reduce<Ends>((before, part) => this.#then(before, this.add(part)), nothing);
      case 'choice': {
        const all = node.parts.map(part => this.add(part));
        return {
          first: all.flatMap(({ first }) => first),
          last: all.flatMap(({ last }) => last),
          nullable: all.some(({ nullable }) => nullable),
        };
      }
      case 'repeat':
        return this.#repeat(node.part, node.min, node.max);
    }
  }

  #then(a: Ends, b: Ends): Ends {
    this.#link(a.last, b.first);
    return {
      first: a.nullable ? [...a.first, ...b.first] : a.first,
      last: b.nullable ? [...a.last, ...b.last] : b.last,
      nullable: a.nullable && b.nullable,
    };
  }

  /** A few times stand for many: to no loop does it matter how often something bounded comes. */
  #repeat(part: Node, min: number, max: number): Ends {
    if (max === Infinity) {
      const ends = this.#times(part, Math.min(min || 1, timesMax), 0);
      this.#link(ends.last, ends.loop);
      return min === 0 ? { ...ends, nullable: true } : ends;
    }
    const needed = Math.min(min, timesMax);
    return this.#times(part, needed, Math.min(max, Math.max(needed, timesMax)) - needed);
  }

  /** `needed` times, and up to `more`; `loop` is where the last of the needed ones begins. */
  #times(part: Node, needed: number, more: number): Ends & { readonly loop: readonly number[] } {
    if (needed === 0 && more === 0) return { ...nothing, loop: [] };
    const first = this.add(part);
    const rest = this.#times(part, Math.max(needed - 1, 0), needed > 0 ? more : more - 1);
    const loop = needed > 1 ? rest.loop : first.first;
    const ends = this.#then(first, rest);
    return { ...ends, nullable: ends.nullable || needed === 0, loop };
  }

  #link(from: readonly number[], to: readonly number[]): void {
    for (const a of from) for (const b of to) this.follow[a]!.set(b, (this.follow[a]!.get(b) ?? 0) + 1);
  }

  /** Whether some text leads from all of `from` to all of `to`, one position each, over at least one character. */
  leads(from: readonly number[], to: readonly number[]): boolean {
    const seen = new Set<string>();
    const open = [from];
    for (let at = open.pop(); at; at = open.pop()) {
      for (const next of this.#steps(at, 0, [], ~0n)) {
        if (next.every((position, i) => position === to[i])) return true;
        const key = next.join();
        if (seen.has(key)) continue;
        seen.add(key);
        open.push(next);
      }
    }
    return false;
  }

  *#steps(
    at: readonly number[],
    i: number,
    next: readonly number[],
    chars: bigint,
  ): Generator<readonly number[]> {
    if (i === at.length) {
      yield next;
      return;
    }
    for (const position of this.follow[at[i]!]!.keys()) {
      const common = chars & this.chars[position]!;
      if (common !== 0n) yield* this.#steps(at, i + 1, [...next, position], common);
    }
  }
}

const timesMax = 4;
const nothing: Ends = { first: [], last: [], nullable: true };

/** In how many ways a text may be read, as a function of its length. */
export function ambiguityOf(source: string, flags: string): Ambiguity {
  const automaton = new Automaton();
  automaton.add(new Reader(source, flags).choice());
  const { chars, follow } = automaton;
  const loops = [...chars.keys()].filter(p => automaton.leads([p], [p]));
  for (const p of loops) {
    for (const [q, ways] of follow[p]!) if (ways > 1 && automaton.leads([q], [p])) return 'exponential';
    if (loops.some(q => q !== p && splits(automaton, p, q))) return 'exponential';
  }
  const drifts = (p: number, q: number) => p !== q && automaton.leads([p, p, q], [p, q, q]);
  return loops.some(p => loops.some(q => drifts(p, q))) ? 'polynomial' : 'none';
}

/** Whether one text leads from `p` back to it both by way of `q` and otherwise. */
function splits(automaton: Automaton, p: number, q: number): boolean {
  const others = [...automaton.chars.keys()].filter(other => other !== q);
  return others.some(other => automaton.leads([p, p], [q, other]) && automaton.leads([q, other], [p, p]));
}
