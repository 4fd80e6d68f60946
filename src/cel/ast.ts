/**
 * The syntax tree. Nodes are told apart by identity; what the checker finds out is kept beside them. A macro may let one
 * node stand in two places of the same scope, so whoever walks the tree visits a node once.
 */
import type { CelValue } from './values.ts';

interface Node {
  /** Where it is in the text, for error texts: an operator's own place for a call. */
  readonly offset: number;
}

export type Expr = Literal | Ident | Select | Call | ListExpr | MapExpr | StructExpr | Comprehension;

export interface Literal extends Node {
  readonly kind: 'literal';
  readonly value: CelValue;
}

export interface Ident extends Node {
  readonly kind: 'ident';
  /** A leading dot says: from the root, past all local names. */
  readonly name: string;
}

export interface Select extends Node {
  readonly kind: 'select';
  readonly operand: Expr;
  readonly field: string;
  /** `has(operand.field)`. */
  readonly testOnly?: boolean;
}

export interface Call extends Node {
  readonly kind: 'call';
  readonly name: string;
  readonly target?: Expr;
  readonly args: readonly Expr[];
}

export interface ListExpr extends Node {
  readonly kind: 'list';
  readonly elements: readonly { readonly value: Expr; readonly optional: boolean }[];
}

export interface Entry {
  readonly offset: number;
  readonly key: Expr;
  readonly value: Expr;
  readonly optional: boolean;
}

export interface MapExpr extends Node {
  readonly kind: 'map';
  readonly entries: readonly Entry[];
}

export interface StructExpr extends Node {
  readonly kind: 'struct';
  readonly name: string;
  readonly fields: readonly {
    readonly offset: number;
    readonly name: string;
    readonly value: Expr;
    readonly optional: boolean;
  }[];
}

/** A loop over a range with an accumulator: what every macro becomes. */
export interface Comprehension extends Node {
  readonly kind: 'comprehension';
  readonly range: Expr;
  readonly variable: string;
  /** The second variable: keys or indices are in the first then. */
  readonly variable2?: string;
  readonly accumulator: string;
  readonly init: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}

/** Names that macros use and no expression can write. */
export const accumulatorName = '@result';
export const unusedVariable = '#unused';

/** Operators by the name that functions have. */
export const operator = {
  conditional: '_?_:_',
  and: '_&&_',
  or: '_||_',
  not: '!_',
  negate: '-_',
  equals: '_==_',
  notEquals: '_!=_',
  less: '_<_',
  lessEquals: '_<=_',
  greater: '_>_',
  greaterEquals: '_>=_',
  add: '_+_',
  subtract: '_-_',
  multiply: '_*_',
  divide: '_/_',
  modulo: '_%_',
  index: '_[_]',
  optionalIndex: '_[?_]',
  optionalSelect: '_?._',
  in: '@in',
  notStrictlyFalse: '@not_strictly_false',
} as const;

/** A `cel.bind`-like comprehension: no loop, only a name for a value. */
export function isBind(expr: Comprehension): boolean {
  return (
    expr.range.kind === 'list' &&
    expr.range.elements.length === 0 &&
    expr.condition.kind === 'literal' &&
    expr.condition.value === false &&
    expr.accumulator !== accumulatorName
  );
}

/** The nodes right below. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'literal':
    case 'ident':
      return [];
    case 'select':
      return [expr.operand];
    case 'call':
      return expr.target ? [expr.target, ...expr.args] : expr.args;
    case 'list':
      return expr.elements.map(element => element.value);
    case 'map':
      return expr.entries.flatMap(entry => [entry.key, entry.value]);
    case 'struct':
      return expr.fields.map(field => field.value);
    case 'comprehension':
      return [expr.range, expr.init, expr.condition, expr.step, expr.result];
  }
}

/** Calls `visit` once on a node and all below it, parents first. */
export function walk(expr: Expr, visit: (expr: Expr, parents: readonly Expr[]) => void): void {
  const parents: Expr[] = [];
  const visited = new Set<Expr>();
  const go = (at: Expr): void => {
    if (visited.has(at)) return;
    visited.add(at);
    visit(at, parents);
    parents.push(at);
    childrenOf(at).forEach(go);
    parents.pop();
  };
  go(expr);
}
