/**
 * CEL's grammar as the automaton that its generated parser walks (ANTLR): what is expected where, which only error
 * messages tell. Programs that are right never come here.
 */
import type { Token } from './lexer.ts';

/** In the order in which messages list them. */
const tokenNames = [
  ...'== != in < <= >= > && || [ ] { } ( ) . , - ! ? : + * / % true false null'
    .split(' ')
    .map(sign => `'${sign}'`),
  ...['NUM_FLOAT', 'NUM_INT', 'NUM_UINT', 'STRING', 'BYTES', 'IDENTIFIER', 'ESC_IDENTIFIER'],
];
export const endType = -1;
/** What follows is not for the rule to say. */
export const beyond = -2;

const namedKinds: Readonly<Record<string, string>> = {
  identifier: 'IDENTIFIER',
  escaped: 'ESC_IDENTIFIER',
  int: 'NUM_INT',
  uint: 'NUM_UINT',
  double: 'NUM_FLOAT',
  string: 'STRING',
  bytes: 'BYTES',
};

export function typeOfToken({ kind, text }: Token): number {
  return kind === 'end' ? endType : tokenNames.indexOf(namedKinds[kind] ?? `'${text}'`);
}

/** A token that is made up where one of the type is missing; undefined where there is none to make up. */
export function madeUp(of: number, offset: number): Token | undefined {
  const name = tokenNames[of];
  if (name === 'IDENTIFIER') return { kind: 'identifier', text: `<missing ${name}>`, offset };
  return name?.startsWith("'") ? { kind: 'operator', text: name.slice(1, -1), offset } : undefined;
}

export function type(name: string): number {
  return tokenNames.indexOf(/^[A-Z]/.test(name) ? name : `'${name}'`);
}

const types = (names: string): ReadonlySet<number> => new Set(names.split(' ').map(type));

/** As messages show a set of tokens. */
export function showTypes(set: ReadonlySet<number>): string {
  const names = [...set].sort((a, b) => a - b).map(each => (each === endType ? '<EOF>' : tokenNames[each]));
  return names.length === 1 ? names[0]! : `{${names.join(', ')}}`;
}

interface Edge {
  readonly to: State;
  readonly tokens?: ReadonlySet<number>;
  readonly rule?: RuleName;
}

export interface State {
  readonly kind: 'basic' | 'block' | 'loopBack' | 'stop';
  readonly edges: Edge[];
}

/** How an alternative is chosen: 1 and on, 0 where none is viable; `at(k)` is the type of the k-th token from here. */
export type Decide = (at: (k: number) => number, precedence: number) => number;

/** A part of a rule, with the states that the parser passes. */
export type Node =
  | { kind: 'tokens'; state: State; tokens: ReadonlySet<number> }
  | { kind: 'rule'; state: State; rule: RuleName; precedence: number }
  | { kind: 'all'; parts: readonly Node[] }
  | { kind: 'maybe'; state: State; part: Node; first: ReadonlySet<number> }
  | { kind: 'any'; state: State; back: State; part: Node; decide: Decide }
  | { kind: 'some'; state: State; back: State; part: Node; decide: Decide }
  | { kind: 'either'; state: State; parts: readonly Node[]; decide: Decide };

/** Makes a part whose end leads to `next`, with where it begins. */
type Part = (next: State) => { first: State; node: Node };

const state = (kind: State['kind'], edges: Edge[] = []): State => ({ kind, edges });

function tokens(names: string): Part {
  const set = names === 'EOF' ? new Set([endType]) : types(names);
  return next => {
    const first = state('basic', [{ to: next, tokens: set }]);
    return { first, node: { kind: 'tokens', state: first, tokens: set } };
  };
}

function rule(name: RuleName, precedence = 0): Part {
  return next => {
    const first = state('basic', [{ to: next, rule: name }]);
    return { first, node: { kind: 'rule', state: first, rule: name, precedence } };
  };
}

function all(...parts: readonly Part[]): Part {
  return next => {
    let first = next;
    const nodes: Node[] = [];
    for (const part of parts.toReversed()) {
      const made = part(first);
      first = made.first;
      nodes.unshift(made.node);
    }
    return { first, node: { kind: 'all', parts: nodes } };
  };
}

function maybe(names: string, part: Part): Part {
  return next => {
    const made = part(next);
    const first = state('block', [{ to: made.first }, { to: next }]);
    return { first, node: { kind: 'maybe', state: first, part: made.node, first: types(names) } };
  };
}

function any(decide: Decide, part: Part): Part {
  return next => {
    const first = state('block');
    const back = state('loopBack', [{ to: first }]);
    const made = part(back);
    first.edges.push({ to: made.first }, { to: next });
    return { first, node: { kind: 'any', state: first, back, part: made.node, decide } };
  };
}

function some(decide: Decide, part: Part): Part {
  return next => {
    const first = state('block');
    const back = state('loopBack', [{ to: first }, { to: next }]);
    const made = part(back);
    first.edges.push({ to: made.first });
    return { first, node: { kind: 'some', state: first, back, part: made.node, decide } };
  };
}

function either(decide: Decide, ...parts: readonly Part[]): Part {
  return next => {
    const made = parts.map(part => part(next));
    const first = state(
      'block',
      made.map(({ first: to }) => ({ to })),
    );
    return { first, node: { kind: 'either', state: first, parts: made.map(({ node }) => node), decide } };
  };
}

const primaryNames = '[ { ( . - true false null NUM_FLOAT NUM_INT NUM_UINT STRING BYTES IDENTIFIER';
const exprNames = `${primaryNames} !`;
const elementNames = `${exprNames} ?`;
const [primaryFirst, elementFirst] = [types(primaryNames), types(elementNames)];
const fieldFirst = types('? IDENTIFIER ESC_IDENTIFIER');
const numbers = types('NUM_INT NUM_FLOAT');
const t = Object.fromEntries(
  ['.', '?', '-', '!', '(', '[', '{', ',', 'IDENTIFIER', 'ESC_IDENTIFIER', 'NUM_INT'].map(name => [
    name,
    type(name),
  ]),
);

const isNext = (names: string): Decide => {
  const set = types(names);
  return at => (set.has(at(1)) ? 1 : 2);
};
/** A comma may also be the last of all. */
const another =
  (first: ReadonlySet<number>): Decide =>
  at =>
    at(1) === t[','] && first.has(at(2)) ? 1 : 2;

function chooseUnary(at: (k: number) => number): number {
  if (at(1) === t['!']) return 2;
  if (at(1) !== t['-']) return primaryFirst.has(at(1)) ? 1 : 0;
  if (numbers.has(at(2))) return 1;
  return primaryFirst.has(at(2)) ? 3 : 0;
}

function anotherMinus(at: (k: number) => number): number {
  if (at(1) === t['-']) return primaryFirst.has(at(2)) ? 1 : 0;
  return primaryFirst.has(at(1)) ? 2 : 0;
}

function choosePrimary(at: (k: number) => number): number {
  const sign = ['(', '[', '{'].findIndex(each => at(1) === t[each]);
  if (sign >= 0) return sign + 3;
  if (at(1) !== t['.'] && at(1) !== t['IDENTIFIER']) return primaryFirst.has(at(1)) ? 7 : 0;
  let k = at(1) === t['.'] ? 2 : 1;
  if (at(k) !== t['IDENTIFIER']) return 0;
  if (at(k + 1) === t['(']) return 2;
  while (at(k + 1) === t['.'] && at(k + 2) === t['IDENTIFIER']) k += 2;
  return at(k + 1) === t['{'] ? 6 : 1;
}

function chooseMember(at: (k: number) => number): number {
  if (at(1) === t['[']) return 3;
  if (at(2) === t['IDENTIFIER']) return at(3) === t['('] ? 2 : 1;
  return at(2) === t['?'] || at(2) === t['ESC_IDENTIFIER'] ? 1 : 0;
}

const literalOrder = ['NUM_UINT', '', 'STRING', 'BYTES', 'true', 'false', 'null'];

function chooseLiteral(at: (k: number) => number): number {
  const number = at(1) === t['-'] ? at(2) : at(1);
  if (numbers.has(number)) return number === t['NUM_INT'] ? 1 : 3;
  const index = literalOrder.findIndex(name => name !== '' && type(name) === at(1));
  return index < 0 ? 0 : index + 2;
}

const mark = maybe('?', tokens('?'));
const lastComma = maybe(',', tokens(','));
const leadingDot = maybe('.', tokens('.'));
const args = all(maybe(exprNames, rule('exprList')), tokens(')'));
const listOf = (decide: Decide, element: Part): Part => all(element, any(decide, all(tokens(','), element)));
const minus = maybe('-', tokens('-'));

const rules = {
  start: all(rule('expr'), tokens('EOF')),
  expr: all(
    rule('conditionalOr'),
    maybe('?', all(tokens('?'), rule('conditionalOr'), tokens(':'), rule('expr'))),
  ),
  conditionalOr: all(rule('conditionalAnd'), any(isNext('||'), all(tokens('||'), rule('conditionalAnd')))),
  conditionalAnd: all(rule('relation'), any(isNext('&&'), all(tokens('&&'), rule('relation')))),
  relation: all(
    rule('calc'),
    any(
      (at, precedence) => (precedence <= 1 ? isNext('== != in < <= >= >')(at, 0) : 2),
      all(tokens('== != in < <= >= >'), rule('relation', 2)),
    ),
  ),
  calc: all(
    rule('unary'),
    any(
      (at, precedence) => (precedence > 2 ? 2 : isNext(precedence > 1 ? '* / %' : '* / % + -')(at, 0)),
      either(isNext('* / %'), all(tokens('* / %'), rule('calc', 3)), all(tokens('+ -'), rule('calc', 2))),
    ),
  ),
  unary: either(
    chooseUnary,
    rule('member'),
    all(some(isNext('!'), tokens('!')), rule('member')),
    all(some(anotherMinus, tokens('-')), rule('member')),
  ),
  member: all(
    rule('primary'),
    any(
      isNext('. ['),
      either(
        chooseMember,
        all(tokens('.'), mark, rule('escapeIdent')),
        all(tokens('.'), tokens('IDENTIFIER'), tokens('('), args),
        all(tokens('['), mark, rule('expr'), tokens(']')),
      ),
    ),
  ),
  primary: either(
    choosePrimary,
    all(leadingDot, tokens('IDENTIFIER')),
    all(leadingDot, tokens('IDENTIFIER'), tokens('('), args),
    all(tokens('('), rule('expr'), tokens(')')),
    all(tokens('['), maybe(elementNames, rule('listInit')), lastComma, tokens(']')),
    all(tokens('{'), maybe(elementNames, rule('mapInitializerList')), lastComma, tokens('}')),
    all(
      leadingDot,
      tokens('IDENTIFIER'),
      any(isNext('.'), all(tokens('.'), tokens('IDENTIFIER'))),
      tokens('{'),
      maybe('? IDENTIFIER ESC_IDENTIFIER', rule('fieldInitializerList')),
      lastComma,
      tokens('}'),
    ),
    rule('literal'),
  ),
  exprList: listOf(isNext(','), rule('expr')),
  listInit: listOf(another(elementFirst), rule('optExpr')),
  fieldInitializerList: listOf(another(fieldFirst), all(rule('optField'), tokens(':'), rule('expr'))),
  optField: all(mark, rule('escapeIdent')),
  mapInitializerList: listOf(another(elementFirst), all(rule('optExpr'), tokens(':'), rule('expr'))),
  escapeIdent: either(
    at => ['IDENTIFIER', 'ESC_IDENTIFIER'].findIndex(name => t[name] === at(1)) + 1,
    tokens('IDENTIFIER'),
    tokens('ESC_IDENTIFIER'),
  ),
  optExpr: all(mark, rule('expr')),
  literal: either(
    chooseLiteral,
    all(minus, tokens('NUM_INT')),
    tokens('NUM_UINT'),
    all(minus, tokens('NUM_FLOAT')),
    tokens('STRING'),
    tokens('BYTES'),
    tokens('true'),
    tokens('false'),
    tokens('null'),
  ),
} satisfies Record<RuleName, Part>;

export type RuleName =
  | 'start'
  | 'expr'
  | 'conditionalOr'
  | 'conditionalAnd'
  | 'relation'
  | 'calc'
  | 'unary'
  | 'member'
  | 'primary'
  | 'exprList'
  | 'listInit'
  | 'fieldInitializerList'
  | 'optField'
  | 'mapInitializerList'
  | 'escapeIdent'
  | 'optExpr'
  | 'literal';

export const grammar = Object.fromEntries(
  Object.entries(rules).map(([name, part]) => [name, part(state('stop'))]),
) as Readonly<Record<RuleName, { first: State; node: Node }>>;

const known = new Map<State, ReadonlySet<number>>();

/** The tokens that may come in a state; `beyond` among them where the rule may be over. No rule is empty. */
export function nextTypes(from: State): ReadonlySet<number> {
  const before = known.get(from);
  if (before) return before;
  const found = new Set<number>();
  const seen = new Set<State>();
  const visit = (at: State): void => {
    if (seen.has(at)) return;
    seen.add(at);
    if (at.kind === 'stop') found.add(beyond);
    for (const { to, tokens: set, rule: name } of at.edges) {
      if (set) for (const each of set) found.add(each);
      else if (name) for (const each of nextTypes(grammar[name].first)) found.add(each);
      else visit(to);
    }
  };
  visit(from);
  known.set(from, found);
  return found;
}
