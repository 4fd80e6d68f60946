/**
 * What is wrong with a text that is no CEL, in the words of cel-go: its generated parser tries to go on after an error,
 * and reports what it finds then. This is ANTLR's strategy for that (Terence Parr, "The Definitive ANTLR 4
 * Reference", chapter 9), with cel-go's limits.
 */
import {
  type Decide,
  type Node,
  type RuleName,
  type State,
  beyond,
  endType,
  grammar,
  madeUp,
  nextTypes,
  showTypes,
  type,
  typeOfToken,
} from './grammar.ts';
import type { BadText, Token } from './lexer.ts';
import type { Issue } from './source.ts';

const attemptsMax = 30;
const lookaheadMax = 256;
const issuesMax = 100;

export interface Broken {
  readonly issues: readonly Issue[];
  /** The tokens as they were understood: without those that were too much, with those that were missing. */
  readonly understood: readonly Token[];
}

interface Failure {
  readonly offset: number;
  readonly message: string;
}

interface RuleUnderWay {
  readonly name: RuleName;
  readonly precedence: number;
  readonly start: number;
  /** Where it was entered from. */
  readonly caller: State;
  /** How many tokens were understood when the last rule that it called was entered. */
  before: number;
}

/** A loop after one of its rounds. */
interface Round {
  readonly kind: 'round';
  readonly of: Node & { kind: 'any' | 'some' };
}

type Step = Node | Round | 'leave';

/** Nothing more is looked at. */
class Stop extends Error {}

/** What is wrong with a text of which the tokens and `bad`, what was no token, are known. */
export function readBroken(
  text: string,
  tokens: readonly Token[],
  bad: readonly BadText[],
  depthMax: number,
): Broken {
  const recovery = new Recovery(text, tokens, bad, depthMax);
  recovery.run();
  return recovery;
}

class Recovery {
  readonly issues: Issue[] = [];
  understood: Token[] = [];
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #types: readonly number[];
  readonly #bad: readonly BadText[];
  readonly #depthMax: number;
  #badPassed = 0;
  readonly #depths = new Map<RuleName, number>();
  /** The rules under way, and what is still to be done for them: a stack, as texts may be deep. */
  readonly #rules: RuleUnderWay[] = [];
  readonly #steps: Step[] = [];
  #at = 0;
  #state: State = grammar.start.first;
  #failure: Failure | undefined;
  #recovering = false;
  #lastIndex = -1;
  readonly #lastStates = new Set<State>();
  #attempts = 0;

  constructor(text: string, tokens: readonly Token[], bad: readonly BadText[], depthMax: number) {
    this.#text = text;
    this.#tokens = tokens;
    this.#types = tokens.map(typeOfToken);
    this.#bad = bad;
    this.#depthMax = depthMax;
  }

  run(): void {
    try {
      this.#enter('start', 0);
      for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
        if (step === 'leave') this.#leave();
        else if (!this.#step(step)) this.#fail(step);
      }
      this.understood.push(this.#tokens.at(-1)!);
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      // What there is of it is not looked at.
      this.understood = [];
    }
  }

  /** The type of the k-th token from here; what was no token before it is reported as it is passed. */
  readonly #type = (k: number): number => {
    const index = Math.min(this.#at + k - 1, this.#tokens.length - 1);
    this.#passBad(this.#tokens[index]!.offset);
    return this.#types[index]!;
  };

  #passBad(offset: number): void {
    for (let next = this.#bad[this.#badPassed]; next && next.offset < offset; ) {
      this.#report({ offset: next.offset, message: next.message });
      next = this.#bad[++this.#badPassed];
    }
  }

  get #rule(): RuleUnderWay {
    return this.#rules.at(-1)!;
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }

  #report(issue: Issue): void {
    if (this.issues.length >= issuesMax) {
      this.issues.push({
        offset: issue.offset,
        message: `Syntax error: More than ${issuesMax} syntax errors`,
      });
      throw new Stop();
    }
    this.issues.push(issue);
  }

  #syntaxError(offset: number, message: string): void {
    this.#report({ offset, message: `Syntax error: ${message}` });
  }

  #enter(name: RuleName, precedence: number): void {
    const depth = (this.#depths.get(name) ?? 0) + 1;
    this.#depths.set(name, depth);
    if (depth > this.#depthMax) {
      this.issues.push({ offset: -1, message: `expression recursion limit exceeded: ${this.#depthMax}` });
      throw new Stop();
    }
    this.#rules.push({ name, precedence, start: this.#token.offset, caller: this.#state, before: 0 });
    this.#steps.push('leave', grammar[name].node);
  }

  #leave(): void {
    const { name } = this.#rules.pop()!;
    this.#depths.set(name, this.#depths.get(name)! - 1);
  }

  /** The rule under way cannot go on: the one that called it does, at what comes next for it. */
  #fail(step: Node | Round): void {
    const isColon = step.kind === 'tokens' && step.tokens.has(type(':'));
    if (isColon && this.#rule.name !== 'expr') {
      // A key without a value is passed over.
      this.understood.length = this.#rule.before;
      while (this.#steps.at(-1) !== 'leave') this.#steps.pop();
      step = { kind: 'all', parts: [] };
    }
    for (let rest: Step | undefined = step; rest && rest !== 'leave'; rest = this.#steps.pop()) {
      this.#complete(rest);
    }
    this.#recover();
    this.#leave();
  }

  /** What is missing of a rule is understood as being there, as far as it matters to what there is. */
  #complete(step: Node | Round): void {
    const { start, name } = this.#rule;
    switch (step.kind) {
      case 'tokens':
        this.#understand(madeUp(Math.min(...step.tokens), this.#token.offset));
        return;
      case 'rule':
        this.#understand({ kind: 'hole', text: '', offset: -1 });
        return;
      case 'all':
        for (const part of step.parts) this.#complete(part);
        return;
      case 'either':
        if (name === 'escapeIdent') this.#understand({ kind: 'identifier', text: '', offset: start });
        else if (name !== 'member') this.#understand({ kind: 'hole', text: '', offset: start });
    }
  }

  #understand(token: Token | undefined): void {
    if (token && token.kind !== 'end') this.understood.push(token);
  }

  /** False where the rule cannot go on: `#failure` says why. */
  #step(step: Node | Round): boolean {
    switch (step.kind) {
      case 'tokens':
        return this.#take(step);
      case 'rule':
        this.#state = step.state;
        this.#rule.before = this.understood.length;
        this.#enter(step.rule, step.precedence);
        return true;
      case 'all':
        this.#steps.push(...step.parts.toReversed());
        return true;
      case 'maybe':
        if (!this.#sync(step.state)) return false;
        if (step.first.has(this.#type(1))) this.#steps.push(step.part);
        return true;
      case 'either': {
        if (!this.#sync(step.state)) return false;
        const choice = this.#decide(step.decide);
        if (choice === 0) return this.#noneViable();
        this.#steps.push(step.parts[choice - 1]!);
        return true;
      }
      case 'any':
        return this.#sync(step.state) && this.#another(step);
      case 'some':
        if (!this.#sync(step.state)) return false;
        this.#steps.push({ kind: 'round', of: step }, step.part);
        return true;
      case 'round':
        return this.#sync(step.of.back) && this.#another(step.of);
    }
  }

  /** One more round of a loop, where there is one. */
  #another(loop: Node & { kind: 'any' | 'some' }): boolean {
    const choice = this.#decide(loop.decide);
    if (choice === 0) return this.#noneViable();
    if (choice === 1) this.#steps.push({ kind: 'round', of: loop }, loop.part);
    return true;
  }

  #decide(decide: Decide): number {
    return decide(this.#type, this.#rule.precedence);
  }

  #take({ state, tokens }: Node & { kind: 'tokens' }): boolean {
    this.#state = state;
    if (!tokens.has(this.#type(1))) {
      const before = this.#at;
      if (!this.#recoverInline()) return false;
      // A token that is missing is made up; one that was too much is gone, and this is what was wanted.
      if (this.#at === before) {
        this.#understand(madeUp(Math.min(...tokens), this.#token.offset));
        return true;
      }
    }
    const token = this.#token;
    this.#understand(token);
    this.#matched();
    this.#consume();
    return true;
  }

  #consume(): void {
    if (this.#at < this.#tokens.length - 1) this.#at++;
  }

  #matched(): void {
    this.#recovering = false;
    this.#lastStates.clear();
    this.#lastIndex = -1;
  }

  /** What could come in a state of the rule under way, through the end of it and of those that called it. */
  #expectedIn(state: State): Set<number> {
    let following = nextTypes(state);
    const expected = new Set(following);
    for (let i = this.#rules.length - 1; i > 0 && following.has(beyond); i--) {
      following = nextTypes(afterCall(this.#rules[i]!));
      for (const each of following) expected.add(each);
    }
    expected.delete(beyond);
    if (following.has(beyond)) expected.add(endType);
    return expected;
  }

  get #expected(): Set<number> {
    return this.#expectedIn(this.#state);
  }

  /** The tokens at which some rule under way could go on. */
  #recoverySet(): Set<number> {
    const found = new Set<number>();
    for (const rule of this.#rules.slice(1)) for (const each of nextTypes(afterCall(rule))) found.add(each);
    found.delete(beyond);
    return found;
  }

  #mismatch(): false {
    this.#failure = {
      offset: this.#token.offset,
      message: `mismatched input ${this.#shown()} expecting ${showTypes(this.#expected)}`,
    };
    return false;
  }

  /** How far the choice had to look is the longest way to a token that fits nothing. */
  #noneViable(): false {
    const first = this.#token;
    const isShort = !['.', '-'].includes(first.text) || first.kind !== 'operator' || !this.#fitsHere();
    const last = this.#tokens[Math.min(this.#at + (isShort ? 0 : 1), this.#tokens.length - 1)]!;
    this.#type(isShort ? 1 : 2);
    const end = last.kind === 'end' ? this.#tokens.at(-1)!.offset : last.offset + last.text.length;
    const input = first.kind === 'end' ? '<EOF>' : this.#textOf(first.offset, end);
    const message = `no viable alternative at input ${quote(input)}`;
    this.#failure = {
      offset: last.offset,
      message: message.replace(
        /no viable alternative at input '.(true|false|null)'/,
        "mismatched input '$1' expecting IDENTIFIER",
      ),
    };
    return false;
  }

  /** The text between, without what is no token. */
  #textOf(from: number, to: number): string {
    let [text, at] = ['', from];
    for (const { offset, length } of this.#bad) {
      if (offset < from || offset >= to) continue;
      text += this.#text.slice(at, offset);
      at = offset + length;
    }
    return text + this.#text.slice(at, to);
  }

  #fitsHere(): boolean {
    return nextTypes(this.#state).has(this.#type(1));
  }

  #shown(): string {
    return quote(this.#token.text);
  }

  /** Looks whether what comes can come here, before a choice. */
  #sync(state: State): boolean {
    this.#state = state;
    if (this.#recovering) return true;
    const next = nextTypes(state);
    if (next.has(beyond) || next.has(this.#type(1))) return true;
    if (state.kind === 'block') return this.#deleteOne() || this.#mismatch();
    this.#unwanted();
    const expected = this.#expected;
    for (const each of this.#recoverySet()) expected.add(each);
    this.#consumeUntil(expected);
    return true;
  }

  #deleteOne(): boolean {
    if (!this.#expected.has(this.#type(2))) return false;
    this.#unwanted();
    this.#consume();
    this.#matched();
    return true;
  }

  #unwanted(): void {
    if (this.#recovering) return;
    this.#recovering = true;
    const message = `extraneous input ${this.#shown()} expecting ${showTypes(this.#expected)}`;
    this.#syntaxError(this.#token.offset, message);
  }

  /** A token stands where another is wanted: it is one too much, or one is missing, or the rule fails. */
  #recoverInline(): boolean {
    this.#attempt();
    if (this.#deleteOne()) return true;
    const types = this.#expectedIn(this.#state.edges[0]!.to);
    if (!types.has(this.#type(1))) return this.#mismatch();
    if (!this.#recovering) {
      this.#recovering = true;
      const message = `missing ${showTypes(this.#expected)} at ${this.#shown()}`;
      this.#syntaxError(this.#token.offset, message);
    }
    return true;
  }

  /** A rule has failed: what comes up to where one that called it could go on is left out. */
  #recover(): void {
    const { offset, message } = this.#failure!;
    this.#failure = undefined;
    if (!this.#recovering) {
      this.#recovering = true;
      this.#syntaxError(offset, message);
    }
    this.#attempt();
    if (this.#lastIndex === this.#at && this.#lastStates.has(this.#state)) this.#consume();
    this.#lastIndex = this.#at;
    this.#lastStates.add(this.#state);
    this.#consumeUntil(this.#recoverySet(), lookaheadMax);
  }

  #attempt(): void {
    if (this.#attempts++ < attemptsMax) return;
    this.#syntaxError(this.#token.offset, `error recovery attempt limit exceeded: ${attemptsMax}`);
    throw new Stop();
  }

  #consumeUntil(types: ReadonlySet<number>, max = Infinity): void {
    for (let count = 0; ; count++) {
      const next = this.#type(1);
      if (next === endType || types.has(next)) return;
      if (count >= max) {
        const message = `error recovery token lookahead limit exceeded: ${max}`;
        this.issues.push({ offset: -1, message });
        throw new Stop();
      }
      this.#consume();
    }
  }
}

function afterCall({ caller }: RuleUnderWay): State {
  return caller.edges[0]!.to;
}

function quote(text: string): string {
  return `'${text.replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;
}
