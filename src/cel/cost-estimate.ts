/**
 * The most that a checked expression can cost, from the bounds that declarations give. Upstream refuses rules by these
 * figures, so they follow cel-go's checker/cost.go and Kubernetes' estimator number by number. Sizes and costs saturate
 * at 2^64-1, which here is infinity.
 */
import { accumulatorName, type Call, type Comprehension, type Expr, isBind, type Select } from './ast.ts';
import type { Checked } from './checked.ts';
import { estimateCall } from './cost-call.ts';
import {
  add,
  type CallEstimate,
  type CostEstimate,
  fixed,
  multiply,
  type Operand,
  type Range,
  union,
  unknownSize,
} from './cost-range.ts';
import type { Declaration } from './declaration.ts';
import type { Environment } from './environment.ts';
import { isOptional, type Type } from './types.ts';
import { codePoints, type CelValue } from './values.ts';

/** The sizes of what a list or map holds. */
export interface EntrySizes {
  readonly container: 'list' | 'map';
  readonly key: Range;
  readonly value: Range;
}

function unionEntries(left: EntrySizes | undefined, right: EntrySizes | undefined): EntrySizes | undefined {
  if (!left || !right) return undefined;
  return {
    container: left.container,
    key: union(left.key, right.key),
    value: union(left.value, right.value),
  };
}

/** A path to a part of a variable's data: '@items', '@values', '@keys' and '@indices' beside field names. */
type Path = readonly string[];

interface Local {
  readonly path: Path;
  readonly size: Range | undefined;
  readonly entries: EntrySizes | undefined;
}

export function estimateCost(checked: Checked, environment: Environment): CostEstimate {
  return new Estimator(checked, environment).cost(checked.expr);
}

class Estimator {
  readonly #checked: Checked;
  readonly #environment: Environment;
  readonly #costs = new Map<Expr, Range>();
  readonly #paths = new Map<Expr, Path>();
  readonly #sizes = new Map<Expr, Range>();
  readonly #entries = new Map<Expr, EntrySizes>();
  readonly #locals = new Map<string, Local[]>();

  constructor(checked: Checked, environment: Environment) {
    this.#checked = checked;
    this.#environment = environment;
  }

  cost(expr: Expr): Range {
    const known = this.#costs.get(expr);
    if (known) return known;
    const cost = this.#costOf(expr);
    this.#costs.set(expr, cost);
    return cost;
  }

  #costOf(expr: Expr): Range {
    const reference = this.#checked.references.get(expr);
    if (reference?.kind === 'variable') return this.#name(expr, reference.name);
    if (reference?.kind === 'constant') return this.#name(expr, '');
    switch (expr.kind) {
      case 'literal':
        return fixed(0);
      case 'ident':
        return this.#name(expr, expr.name);
      case 'select':
        return this.#select(expr);
      case 'call':
        return this.#call(expr);
      case 'list':
        return this.#list(expr);
      case 'map':
        return this.#map(expr);
      case 'struct':
        return add(fixed(40), ...expr.fields.map(field => this.cost(field.value)));
      case 'comprehension':
        return isBind(expr) ? this.#bind(expr) : this.#loop(expr);
    }
  }

  #typeOf(expr: Expr): Type {
    return this.#checked.types.get(expr)!;
  }

  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  #push(name: string, local: Local): void {
    this.#locals.set(name, [...(this.#locals.get(name) ?? []), local]);
  }

  #pop(name: string): void {
    this.#locals.get(name)!.pop();
  }

  #name(expr: Expr, name: string): Range {
    this.#paths.set(expr, this.#local(name)?.path ?? [name]);
    return fixed(1);
  }

  #pathOf(expr: Expr): Path {
    const local = expr.kind === 'ident' ? this.#local(expr.name) : undefined;
    return local?.path ?? this.#paths.get(expr) ?? [];
  }

  #select(expr: Select): Range {
    const operand = this.cost(expr.operand);
    if (expr.testOnly) return operand;
    const { kind } = this.#typeOf(expr.operand);
    this.#paths.set(expr, [...this.#pathOf(expr.operand), expr.field]);
    return kind === 'map' || kind === 'struct' ? add(operand, fixed(1)) : operand;
  }

  #list(expr: Expr & { kind: 'list' }): Range {
    const costs = expr.elements.map(({ value }) => this.cost(value));
    const value = this.#sizesOf(expr.elements.map(element => element.value));
    this.#entries.set(expr, { container: 'list', key: fixed(1), value });
    return add(fixed(10), ...costs);
  }

  #map(expr: Expr & { kind: 'map' }): Range {
    const costs = expr.entries.flatMap(({ key, value }) => [this.cost(key), this.cost(value)]);
    const key = this.#sizesOf(expr.entries.map(entry => entry.key));
    const value = this.#sizesOf(expr.entries.map(entry => entry.value));
    this.#entries.set(expr, { container: 'map', key, value });
    return add(fixed(30), ...costs);
  }

  #sizesOf(exprs: readonly Expr[]): Range {
    return exprs.length === 0 ? fixed(0) : exprs.map(expr => this.#sizeOrUnknown(expr)).reduce(union);
  }

  #bind(expr: Comprehension): Range {
    const sum = add(this.cost(expr.range), this.cost(expr.init));
    this.#pushAccumulator(expr);
    const result = this.cost(expr.result);
    this.#pop(expr.accumulator);
    this.#copySizes(expr, expr.result);
    return add(sum, result);
  }

  #copySizes(to: Expr, from: Expr): void {
    const size = this.#size(from);
    if (size) this.#sizes.set(to, size);
    const entries = this.#entriesOf(from);
    if (entries) this.#entries.set(to, entries);
  }

  #pushAccumulator(expr: Comprehension): void {
    const { init } = expr;
    this.#push(expr.accumulator, {
      path: this.#pathOf(init),
      size: this.#size(init),
      entries: this.#entriesOf(init),
    });
  }

  #loop(expr: Comprehension): Range {
    const start = add(this.cost(expr.range), this.cost(expr.init));
    this.#pushAccumulator(expr);
    const variables = this.#pushLoopVariables(expr);
    const condition = this.cost(expr.condition);
    const step = this.cost(expr.step);
    for (const name of variables) this.#pop(name);
    const result = this.cost(expr.result);
    this.#pop(expr.accumulator);
    const count = this.#sizeOrUnknown(expr.range);
    this.#setLoopSize(expr, count);
    return add(start, result, multiply(count, add(step, condition)));
  }

  #setLoopSize(expr: Comprehension, count: Range): void {
    if (expr.init.kind === 'literal') {
      this.#sizes.set(expr, this.#sizeOrUnknown(expr.init));
    } else if (expr.init.kind === 'list' || expr.init.kind === 'map') {
      this.#sizes.set(expr, count);
      const entries = this.#entriesOf(expr.step);
      if (entries) this.#entries.set(expr, entries);
    }
  }

  #pushLoopVariables(expr: Comprehension): string[] {
    const entries = this.#entriesOf(expr.range);
    const path = this.#pathOf(expr.range);
    const isList = (entries?.container ?? this.#typeOf(expr.range).kind) === 'list';
    const key: Local = {
      path: [...path, isList ? '@indices' : '@keys'],
      size: entries?.key,
      entries: undefined,
    };
    const value: Local = {
      path: [...path, isList ? '@items' : '@values'],
      size: entries?.value,
      entries: undefined,
    };
    if (expr.variable2 === undefined) {
      this.#push(expr.variable, isList ? value : key);
      return [expr.variable];
    }
    this.#push(expr.variable, key);
    this.#push(expr.variable2, value);
    return [expr.variable, expr.variable2];
  }

  #call(expr: Call): Range {
    const reference = this.#checked.references.get(expr);
    const namespaced = reference?.kind === 'function' && reference.namespaced;
    const target = namespaced ? undefined : expr.target;
    const costs = expr.args.map(arg => this.cost(arg));
    if (expr.name === 'dyn' && !target) {
      this.#copySizes(expr, expr.args[0]!);
      return add(fixed(1), ...costs);
    }
    const targetCost = target ? this.cost(target) : fixed(0);
    const args = expr.args.map(arg => this.#operand(arg));
    const receiver = target && this.#operand(target);
    const overloads = reference?.kind === 'function' ? reference.overloads : optionalSelect;
    const estimates = overloads.map(({ function: name, id }) =>
      this.#estimate(expr, name, id, receiver, args, costs),
    );
    const sizes = estimates.flatMap(({ resultSize }) => resultSize ?? []);
    let size = sizes.length === 0 ? undefined : sizes.reduce(union);
    for (const { id } of overloads) {
      if (id === 'index_list' || id === 'index_map')
        size = this.#indexed(expr, id === 'index_list' ? '@items' : '@values');
      size ??= this.#size(expr);
    }
    if (size) this.#sizes.set(expr, size);
    return add(targetCost, estimates.map(({ cost }) => cost).reduce(union));
  }

  #indexed(expr: Call, step: string): Range | undefined {
    this.#paths.set(expr, [...this.#pathOf(expr.args[0]!), step]);
    return this.#entriesOf(expr.args[0]!)?.value;
  }

  #operand(expr: Expr): Operand {
    const path = this.#pathOf(expr);
    return { expr, type: this.#typeOf(expr), size: this.#size(expr), declaration: this.#declarationAt(path) };
  }

  /** The cost of one overload, its arguments' included. */
  #estimate(
    expr: Call,
    name: string,
    id: string,
    target: Operand | undefined,
    args: readonly Operand[],
    costs: readonly Range[],
  ): CallEstimate {
    switch (id) {
      case 'logical_or':
      case 'logical_and':
        return { cost: { min: costs[0]!.min, max: add(...costs).max } };
      case 'conditional': {
        const entries = unionEntries(this.#entriesOf(args[1]!.expr), this.#entriesOf(args[2]!.expr));
        if (entries) this.#entries.set(expr, entries);
        const resultSize = union(args[1]!.size ?? unknownSize, args[2]!.size ?? unknownSize);
        return { cost: add(costs[0]!, union(costs[1]!, costs[2]!)), resultSize };
      }
      case 'add_list':
      case 'add_string':
      case 'add_bytes': {
        const entries = unionEntries(this.#entriesOf(args[0]!.expr), this.#entriesOf(args[1]!.expr));
        if (entries) this.#entries.set(expr, entries);
      }
    }
    const { cost, resultSize } = estimateCall(name, id, target, args);
    return { cost: add(cost, ...costs), resultSize };
  }

  #sizeOrUnknown(expr: Expr): Range {
    return this.#size(expr) ?? unknownSize;
  }

  #size(expr: Expr): Range | undefined {
    const known = this.#sizes.get(expr) ?? writtenSize(expr);
    if (known) return known;
    const declared = this.#declarationAt(this.#pathOf(expr));
    if (declared) {
      const size = { min: 0, max: declared.maxElements };
      this.#sizes.set(expr, size);
      return size;
    }
    if (isScalar(this.#typeOf(expr))) return fixed(1);
    return expr.kind === 'ident' ? this.#local(expr.name)?.size : undefined;
  }

  #entriesOf(expr: Expr): EntrySizes | undefined {
    return this.#entries.get(expr) ?? (expr.kind === 'ident' ? this.#local(expr.name)?.entries : undefined);
  }

  /** What the path leads to in a variable's declaration. */
  #declarationAt(path: Path): Declaration | undefined {
    const [root, ...steps] = path;
    if (root === undefined || root === accumulatorName) return undefined;
    // Upstream measures what is no variable, and what a literal holds, by the declaration of `self`.
    const { variables } = this.#environment;
    let at: Declaration | undefined = variables.get(root) ?? variables.get('self');
    for (const step of steps) {
      if (!at) return undefined;
      if (step === '@items' || step === '@values') at = at.element;
      else at = step === '@keys' ? at.key : at.fields?.get(step);
    }
    return at;
  }
}

const optionalSelect = [{ function: '_?._', id: 'select_optional_field' }];

/** The size that the text itself gives. */
function writtenSize(expr: Expr): Range | undefined {
  if (expr.kind === 'literal') return fixed(literalSize(expr.value));
  if (expr.kind === 'list') return fixed(expr.elements.length);
  return expr.kind === 'map' ? fixed(expr.entries.length) : undefined;
}

function literalSize(value: CelValue): number {
  return typeof value === 'string' ? codePoints(value) : value instanceof Uint8Array ? value.length : 1;
}

function isScalar(type: Type): boolean {
  if (isOptional(type)) return isScalar(type.params[0]!);
  return ['bool', 'double', 'duration', 'int', 'timestamp', 'uint'].includes(type.kind);
}
