/**
 * A checked tree to closures. Costs are charged as upstream's interpreter observes them: an attribute (a name with its
 * selections) costs one for itself and one for each selection, but nothing for itself where it is a branch of a
 * conditional or an index; literals, and lists, maps and conversions of literals, cost nothing.
 */
import { assert } from '#base/assert.ts';
import { findField, findIndex, hasField, missing, optionally } from './access.ts';
import { type Call, type Expr, operator, type Select, type StructExpr } from './ast.ts';
import type { Checked, Reference } from './checked.ts';
import { costsByResult, runtimeCost } from './cost-rules.ts';
import { dispatch } from './dispatch.ts';
import type { Environment } from './environment.ts';
import type { Eval, Frame, Plan } from './frame.ts';
import { compilePattern } from './library/pattern.ts';
import { planLoop } from './loop.ts';
import { valueText } from './text.ts';
import { typeOfValue as typeOf } from './values.ts';
import {
  ArrayList,
  CelError,
  type CelMap,
  CelOptional,
  type CelValue,
  EntryMap,
  isError,
  isInt,
  mapKey,
} from './values.ts';

export type Planned =
  | { readonly plan: Plan; readonly slots: number; readonly failure?: undefined }
  | { readonly failure: string; readonly plan?: undefined };

/** A call of literals that can never work. */
class PlanError extends Error {}

export function plan(checked: Checked, environment: Environment): Planned {
  const planner = new Planner(checked, environment);
  try {
    return { plan: planner.plan(checked.expr), slots: planner.slots };
  } catch (error) {
    if (error instanceof PlanError) return { failure: error.message };
    throw error;
  }
}

/** Conversions that are carried out at once when their argument is a literal. */
const conversions = new Set([
  'bool',
  'bytes',
  'double',
  'duration',
  'dyn',
  'int',
  'string',
  'timestamp',
  'type',
  'uint',
]);

/** Functions that upstream has in one piece, whatever their overloads; others are chosen by their arguments' values. */
function isUndispatched(name: string): boolean {
  return /^[-!@_]/.test(name) || name === 'size' || name === 'matches';
}

const patterned = new Set(['find', 'findAll', 'matches']);

const noOverload = new CelError('no such overload');

class Planner {
  readonly #checked: Checked;
  readonly #environment: Environment;
  readonly #plans = new Map<Expr, Plan>();
  readonly #locals = new Map<string, Plan[]>();
  readonly #variables = new Map<string, Plan>();
  slots = 0;

  constructor(checked: Checked, environment: Environment) {
    this.#checked = checked;
    this.#environment = environment;
  }

  plan(expr: Expr): Plan {
    const known = this.#plans.get(expr);
    if (known) return known;
    const made = this.#make(expr);
    this.#plans.set(expr, made);
    return made;
  }

  #make(expr: Expr): Plan {
    const reference = this.#checked.references.get(expr);
    if (reference?.kind === 'constant') return constant(reference.value);
    if (reference?.kind === 'variable') return this.#variable(reference.name);
    if (reference?.kind === 'local') return this.#local(reference.name);
    switch (expr.kind) {
      case 'literal':
        return constant(expr.value);
      case 'ident':
        throw new Error(`unresolved name ${expr.name}`);
      case 'select':
        return this.#select(expr);
      case 'call':
        return this.#call(expr, reference);
      case 'list':
        return this.#list(expr);
      case 'map':
        return this.#map(expr);
      case 'struct':
        return this.#struct(expr, reference);
      case 'comprehension':
        return planLoop(this, expr);
    }
  }

  /** A place for a local value. */
  slot(): number {
    return this.slots++;
  }

  /** Plans within a scope that has these locals. */
  within<T>(locals: Readonly<Record<string, Eval>>, run: () => T): T {
    for (const [name, resolve] of Object.entries(locals)) {
      const stack = this.#locals.get(name) ?? [];
      this.#locals.set(name, [...stack, attribute(resolve)]);
    }
    const result = run();
    for (const name of Object.keys(locals)) this.#locals.get(name)!.pop();
    return result;
  }

  #local(name: string): Plan {
    const found = this.#locals.get(name)?.at(-1);
    assert(found !== undefined, `no local ${name}`);
    return found;
  }

  #variable(name: string): Plan {
    const known = this.#variables.get(name);
    if (known) return known;
    const declaration = this.#environment.variables.get(name)!;
    const slot = this.slot();
    const made = attribute(frame => frame.once(slot, () => frame.read(name, declaration)));
    this.#variables.set(name, made);
    return made;
  }

  #select(expr: Select): Plan {
    const operand = this.plan(expr.operand);
    const base = operand.resolve ?? operand.eval;
    const { field } = expr;
    if (expr.testOnly) {
      return {
        eval: frame => {
          const from = base(frame);
          if (isError(from)) return from;
          frame.charge(1);
          return hasField(from, field);
        },
      };
    }
    return selection(operand, frame => selectField(frame, base(frame), field));
  }

  #call(expr: Call, reference: Reference | undefined): Plan {
    switch (expr.name) {
      case operator.and:
        return planAnd(expr.args.map(arg => this.plan(arg).eval));
      case operator.or:
        return planOr(expr.args.map(arg => this.plan(arg).eval));
      case operator.conditional:
        return this.#conditional(expr);
      case operator.index:
        return this.#index(expr);
      case operator.optionalIndex:
        return this.#optionalIndex(expr);
      case operator.optionalSelect:
        return this.#optionalSelect(expr);
      case operator.in:
        return this.#in(expr, reference);
      case operator.notStrictlyFalse:
        return notStrictlyFalse(this.plan(expr.args[0]!).eval);
    }
    if (expr.target && (expr.name === 'or' || expr.name === 'orValue')) return this.#optionalOr(expr);
    return this.#function(expr, reference);
  }

  #conditional(expr: Call): Plan {
    const [condition, whenTrue, whenFalse] = expr.args.map(arg => this.plan(arg));
    const yes = whenTrue!.resolve ?? whenTrue!.eval;
    const no = whenFalse!.resolve ?? whenFalse!.eval;
    const resolve: Eval = frame => {
      const decided = condition!.eval(frame);
      if (decided === true) return yes(frame);
      if (decided === false) return no(frame);
      return isError(decided) ? decided : noOverload;
    };
    return { eval: resolve, resolve, conditional: true };
  }

  /** An index that is an attribute is charged for as the selection that it is. */
  #indexPart(expr: Expr): Eval {
    const index = this.plan(expr);
    const value = index.resolve ?? index.eval;
    return frame => {
      const key = value(frame);
      frame.charge(1);
      return key;
    };
  }

  #index(expr: Call): Plan {
    const operand = this.plan(expr.args[0]!);
    const base = operand.resolve ?? operand.eval;
    const index = this.#indexPart(expr.args[1]!);
    return selection(operand, frame => {
      const from = base(frame);
      if (isError(from)) return from;
      const key = index(frame);
      if (from instanceof CelOptional) return optionally(from, value => findIndex(value, key));
      const found = findIndex(from, key);
      return found === undefined ? missing(from, key) : found;
    });
  }

  #optionalIndex(expr: Call): Plan {
    const operand = this.plan(expr.args[0]!);
    const base = operand.resolve ?? operand.eval;
    const index = this.plan(expr.args[1]!);
    const key = index.resolve ?? index.eval;
    return selection(operand, frame => {
      const from = base(frame);
      if (isError(from)) return from;
      const at = key(frame);
      return chargeFound(
        frame,
        optionally(from, value => findIndex(value, at)),
      );
    });
  }

  #optionalSelect(expr: Call): Plan {
    const operand = this.plan(expr.args[0]!);
    const base = operand.resolve ?? operand.eval;
    const field = expr.args[1]!;
    assert(field.kind === 'literal' && typeof field.value === 'string', 'the parser makes it so');
    const name = field.value;
    return selection(operand, frame =>
      chargeFound(
        frame,
        optionally(base(frame), value => findField(value, name)),
      ),
    );
  }

  #optionalOr(expr: Call): Plan {
    const left = this.plan(expr.target!).eval;
    const right = this.plan(expr.args[0]!).eval;
    const unwrap = expr.name === 'orValue';
    return {
      eval: frame => {
        const value = left(frame);
        // What is no optional stands for itself, as in cel-go v0.26.
        if (!(value instanceof CelOptional)) return value;
        if (value.value === undefined) return right(frame);
        return unwrap ? value.value : value;
      },
    };
  }

  /** Membership in a list of literals is free, as upstream looks it up in a set. */
  #in(expr: Call, reference: Reference | undefined): Plan {
    const [value, list] = expr.args.map(arg => this.plan(arg));
    assert(reference?.kind === 'function', 'checked');
    const elements = list!.constant;
    if (reference.overloads.length !== 1 || !(elements instanceof ArrayList))
      return this.#function(expr, reference);
    if (elements.size === 0) return constant(false);
    if (elements.items.some(item => !isSetMember(item))) return this.#function(expr, reference);
    const keys = new Set(elements.items.map(item => mapKey(item) ?? fractionKey(item)));
    return {
      eval: frame => {
        const found = value!.eval(frame);
        if (isError(found)) return found;
        const key = mapKey(found) ?? fractionKey(found);
        return key !== undefined && keys.has(key);
      },
    };
  }

  #function(expr: Call, reference: Reference | undefined): Plan {
    assert(reference?.kind === 'function', `unresolved call of ${expr.name}`);
    const { overloads, namespaced } = reference;
    const argExprs = expr.target && !namespaced ? [expr.target, ...expr.args] : expr.args;
    const args = argExprs.map(arg => this.plan(arg));
    const name = overloads[0]!.function;
    const call = dispatch(overloads, this.#environment.function(name)!.found);
    if (args.length === 1 && args[0]!.constant !== undefined && conversions.has(name)) {
      const converted = call(args[0]!.constant);
      if (isError(converted)) throw new PlanError(converted.message);
      return constant(converted);
    }
    const isDispatched = overloads.length > 1 && !isUndispatched(name);
    const endsAtError = this.#hasPattern(name, args) || args.length > 2 || isDispatched;
    const cost = runtimeCost(name, overloads.length === 1 ? overloads[0]!.id : '');
    return {
      eval: charged(
        args.map(arg => arg.eval),
        call,
        cost,
        endsAtError,
      ),
    };
  }

  /** Whether the call has a pattern that is written out, which must be one. */
  #hasPattern(name: string, args: readonly Plan[]): boolean {
    const pattern = args[1]?.constant;
    if (!patterned.has(name) || typeof pattern !== 'string') return false;
    const compiled = compilePattern(pattern);
    if (compiled instanceof CelError) throw new PlanError(compiled.message);
    return true;
  }

  #list(expr: Expr & { kind: 'list' }): Plan {
    const elements = expr.elements.map(({ value, optional }) => ({ plan: this.plan(value), optional }));
    const constants = elements.map(({ plan: { constant }, optional }) => (optional ? undefined : constant));
    if (constants.every(value => value !== undefined)) return constant(new ArrayList(constants));
    return {
      eval: frame => {
        const failed = failing(frame, 10);
        const items: CelValue[] = [];
        for (const element of elements) {
          const value = element.plan.eval(frame);
          if (isError(value)) return failed(value);
          if (!element.optional) items.push(value);
          else if (!(value instanceof CelOptional)) return failed(badOptional(value, 'list element'));
          else if (value.value !== undefined) items.push(value.value);
        }
        frame.charge(10);
        return new ArrayList(items);
      },
    };
  }

  #map(expr: Expr & { kind: 'map' }): Plan {
    const entries = expr.entries.map(({ key, value, optional }) => ({
      key: this.plan(key),
      value: this.plan(value),
      optional,
    }));
    const isConstant = entries.every(
      entry => !entry.optional && entry.key.constant !== undefined && entry.value.constant !== undefined,
    );
    if (isConstant) {
      const map = fillMap(entries.map(entry => [entry.key.constant!, entry.value.constant!]));
      if (!isError(map)) return constant(map);
    }
    return {
      eval: frame => {
        const failed = failing(frame, 30);
        const pairs: [CelValue, CelValue][] = [];
        for (const entry of entries) {
          const key = entry.key.eval(frame);
          if (isError(key)) return failed(key);
          const value = entry.value.eval(frame);
          if (isError(value)) return failed(value);
          if (!entry.optional) pairs.push([key, value]);
          else if (!(value instanceof CelOptional))
            return failed(badOptional(value, `entry '${valueText(key)}'`));
          else if (value.value !== undefined) pairs.push([key, value.value]);
        }
        frame.charge(30);
        return fillMap(pairs);
      },
    };
  }

  #struct(expr: StructExpr, reference: Reference | undefined): Plan {
    assert(reference?.kind === 'struct', `unresolved struct ${expr.name}`);
    const { struct } = reference;
    const fields = expr.fields.map(field => ({ ...field, eval: this.plan(field.value).eval }));
    return {
      eval: frame => {
        const failed = failing(frame, 40);
        const values = new Map<string, CelValue>();
        for (const field of fields) {
          const value = field.eval(frame);
          if (isError(value)) return failed(value);
          if (!field.optional) values.set(field.name, value);
          else if (!(value instanceof CelOptional))
            return failed(badOptional(value, `entry '${field.name}'`));
          else if (value.value !== undefined) values.set(field.name, value.value);
        }
        frame.charge(40);
        return struct.make(values);
      },
    };
  }
}

/** What is not made for an error costs its making all the same. */
function failing(frame: Frame, cost: number): (error: CelError) => CelError {
  return error => {
    frame.charge(cost);
    return error;
  };
}

function constant(value: CelValue): Plan {
  return { eval: () => value, constant: value };
}

/** A plan that costs one more than its resolution. */
function attribute(resolve: Eval): Plan {
  return {
    resolve,
    eval: frame => {
      frame.charge(1);
      return resolve(frame);
    },
  };
}

/** A selection of an operand is an attribute like it. */
function selection(operand: Plan, resolve: Eval): Plan {
  return operand.conditional ? { eval: resolve, resolve, conditional: true } : attribute(resolve);
}

function selectField(frame: Frame, from: CelValue, field: string): CelValue {
  if (isError(from)) return from;
  if (from instanceof CelOptional)
    return chargeFound(
      frame,
      optionally(from, value => findField(value, field)),
    );
  frame.charge(1);
  const found = findField(from, field);
  return found === undefined ? missing(from, field) : found;
}

/** Optional selections cost only when they find something. */
function chargeFound(frame: Frame, value: CelValue): CelValue {
  if (value !== CelOptional.none && !isError(value)) frame.charge(1);
  return value;
}

function badOptional(value: CelValue, what: string): CelError {
  return new CelError(`cannot initialize optional ${what} from non-optional value ${valueText(value)}`);
}

function fillMap(pairs: readonly (readonly [CelValue, CelValue])[]): CelMap | CelError {
  const map = new EntryMap();
  // The last of equal keys wins, as upstream has it.
  const last = new Map(pairs.map(pair => [mapKey(pair[0]), pair]));
  for (const [key, value] of last.values()) {
    if (!map.insert(key, value)) return new CelError(`unsupported key type: ${typeOf(key).name}`);
  }
  return map;
}

function isSetMember(value: CelValue): boolean {
  return (
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    isInt(value) ||
    typeOf(value).kind === 'double' ||
    typeOf(value).kind === 'uint'
  );
}

function fractionKey(value: CelValue): string | undefined {
  return typeOf(value).kind === 'double' ? `d${(value as { value: number }).value}` : undefined;
}

/** Evaluates the arguments, charges by what went in, and calls: what is too dear does not run. */
function charged(
  args: readonly Eval[],
  call: (...args: CelValue[]) => CelValue,
  cost: (args: readonly CelValue[], result: CelValue) => number,
  endsAtError: boolean,
): Eval {
  const before = !costsByResult(cost);
  return frame => {
    const values: CelValue[] = [];
    let error: CelError | undefined;
    for (const arg of args) {
      const value = arg(frame);
      values.push(value);
      if (!isError(value)) continue;
      // Some end at the first error, and cost nothing when there are arguments left.
      if (endsAtError && values.length < args.length) return value;
      error ??= value;
    }
    if (before) frame.charge(cost(values, null));
    const result = error ?? call(...values);
    if (!before) frame.charge(cost(values, result));
    return result;
  };
}

/** A loop goes on after an error: a later element may decide. */
function notStrictlyFalse(value: Eval): Plan {
  return {
    eval: frame => {
      const undecided = value(frame) !== false;
      frame.charge(1);
      return undecided;
    },
  };
}

function planAnd(terms: readonly Eval[]): Plan {
  return { eval: absorbing(terms, false) };
}

function planOr(terms: readonly Eval[]): Plan {
  return { eval: absorbing(terms, true) };
}

/** Logic that one decisive term decides whatever fails beside it. */
function absorbing(terms: readonly Eval[], decisive: boolean): Eval {
  return frame => {
    let error: CelError | undefined;
    for (const term of terms) {
      const value = term(frame);
      if (value === decisive) return decisive;
      if (value !== !decisive) error ??= isError(value) ? value : noOverload;
    }
    return error ?? !decisive;
  };
}
