/** Gives every node its type, and every name and call what it means. */
import { assert } from '#base/assert.ts';
import { type Call, type Comprehension, type Expr, operator, type Select, type StructExpr } from './ast.ts';
import type { Environment } from './environment.ts';
import type { Overload } from './signature.ts';
import type { Checked, Reference } from './checked.ts';
import type { Issue } from './source.ts';
import {
  boolType,
  dynType,
  errorType,
  intType,
  isDynOrError,
  isOptional,
  listOf,
  mapOf,
  optionalOf,
  sameType,
  type Type,
  typeOfType,
  typeParam,
  typeText,
} from './types.ts';
import { assign, type Bindings, mostGeneral, paramNames, substitute } from './unify.ts';
import { CelType, typeOfValue } from './values.ts';

export function check(expr: Expr, environment: Environment): { checked: Checked; issues: readonly Issue[] } {
  const checker = new Checker(environment);
  return checker.run(expr);
}

class Checker {
  readonly #environment: Environment;
  readonly #types = new Map<Expr, Type>();
  readonly #references = new Map<Expr, Reference>();
  readonly #issues: Issue[] = [];
  readonly #scopes: Map<string, Type>[] = [];
  #bindings: Bindings = new Map();
  #variables = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  run(expr: Expr): { checked: Checked; issues: readonly Issue[] } {
    this.#check(expr);
    for (const [node, type] of this.#types) this.#types.set(node, substitute(this.#bindings, type, dynType));
    return { checked: { expr, types: this.#types, references: this.#references }, issues: this.#issues };
  }

  #issue(at: { offset: number }, message: string): void {
    this.#issues.push({ offset: at.offset, message });
  }

  #undeclared(at: Expr, name: string): Type {
    this.#issue(at, `undeclared reference to '${name}' (in container '${this.#environment.container}')`);
    return errorType;
  }

  #mismatch(at: Expr, expected: Type, found: Type): void {
    this.#issue(at, `expected type '${typeText(expected)}' but found '${typeText(found)}'`);
  }

  #check(expr: Expr): Type {
    const known = this.#types.get(expr);
    if (known) return known;
    const type = this.#typeOf(expr);
    this.#types.set(expr, type);
    return type;
  }

  #typeOf(expr: Expr): Type {
    switch (expr.kind) {
      case 'literal':
        return typeOfValue(expr.value);
      case 'ident':
        return this.#identifier(expr, expr.name) ?? this.#undeclared(expr, expr.name);
      case 'select':
        return this.#select(expr);
      case 'call':
        return this.#call(expr);
      case 'list':
        return this.#list(expr);
      case 'map':
        return this.#map(expr);
      case 'struct':
        return this.#struct(expr);
      case 'comprehension':
        return this.#comprehension(expr);
    }
  }

  #local(name: string): Type | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const type = this.#scopes[i]!.get(name);
      if (type) return type;
    }
    return undefined;
  }

  /** The type of what a name means, undefined where it means nothing. */
  #identifier(expr: Expr, name: string): Type | undefined {
    const local = this.#local(name);
    if (local) {
      this.#references.set(expr, { kind: 'local', name });
      return local;
    }
    const known = this.#environment.identifier(name);
    if (!known) return undefined;
    if ('variable' in known.found) {
      this.#references.set(expr, { kind: 'variable', name: known.name });
      return known.found.variable.type;
    }
    this.#references.set(expr, { kind: 'constant', value: new CelType(known.found.type) });
    return typeOfType(known.found.type);
  }

  #select(expr: Select): Type {
    const name = expr.testOnly ? undefined : qualifiedName(expr);
    if (name !== undefined && !this.#local(name.slice(0, name.indexOf('.', 1)))) {
      const type = this.#identifier(expr, name);
      if (type) return type;
    }
    const type = this.#field(expr, expr.operand, expr.field, false);
    return expr.testOnly ? boolType : substitute(this.#bindings, type);
  }

  /** The type of a field of what the operand is; an optional's field is optional. */
  #field(at: Expr, operand: Expr, field: string, optional: boolean): Type {
    const operandType = substitute(this.#bindings, this.#check(operand));
    const wrapped = isOptional(operandType);
    const result = this.#plainField(at, wrapped ? operandType.params[0]! : operandType, field);
    return wrapped || optional ? optionalOf(result) : result;
  }

  #plainField(at: Expr, type: Type, field: string): Type {
    switch (type.kind) {
      case 'map':
        return type.params[1]!;
      case 'struct': {
        const found = type.fields?.(field);
        if (!found) this.#issue(at, type.fields ? `undefined field '${field}'` : unresolved(type.name));
        return found ?? errorType;
      }
      case 'param':
        this.#assignable(dynType, type);
        return dynType;
      default:
        if (!isDynOrError(type)) this.#issue(at, `type '${typeText(type)}' does not support field selection`);
        return dynType;
    }
  }

  #call(expr: Call): Type {
    if (expr.name === operator.optionalSelect) return this.#optionalSelect(expr);
    for (const arg of expr.args) this.#check(arg);
    const namespace = expr.target && qualifiedName(expr.target);
    if (namespace !== undefined) {
      const known = this.#environment.function(`${namespace}.${expr.name}`);
      if (known) return this.#resolve(expr, known.name, known.found, undefined);
    }
    if (expr.target) this.#check(expr.target);
    const known = this.#environment.function(expr.name);
    if (!known) return this.#undeclared(expr, expr.name);
    return this.#resolve(expr, known.name, known.found, expr.target);
  }

  #optionalSelect(expr: Call): Type {
    const [operand, field] = expr.args;
    assert(field?.kind === 'literal' && typeof field.value === 'string', 'the parser makes it so');
    const type = substitute(this.#bindings, this.#field(expr, operand!, field.value, true));
    this.#types.set(field, typeOfValue(field.value));
    return type;
  }

  /** Chooses among a function's overloads; several may stay where types are dynamic. */
  #resolve(expr: Call, name: string, overloads: readonly Overload[], target: Expr | undefined): Type {
    const args = target ? [target, ...expr.args] : expr.args;
    const argTypes = args.map(arg => this.#types.get(arg)!);
    const namespaced = expr.target !== undefined && target === undefined;
    if (name === operator.and || name === operator.or) {
      return this.#logical(expr, overloads, argTypes);
    }
    const chosen: Overload[] = [];
    let result: Type | undefined;
    for (const overload of overloads) {
      if (overload.member !== (target !== undefined)) continue;
      const type = this.#match(overload, argTypes);
      if (!type) continue;
      chosen.push(overload);
      if (result === undefined) result = type;
      else if (result.kind !== 'dyn' && !sameType(type, result)) result = dynType;
    }
    if (result === undefined) return this.#noOverload(expr, name, argTypes, target !== undefined);
    this.#references.set(expr, { kind: 'function', overloads: chosen, namespaced });
    return result;
  }

  #logical(expr: Call, overloads: readonly Overload[], argTypes: readonly Type[]): Type {
    let wrong = false;
    for (const [i, type] of argTypes.entries()) {
      if (this.#assignable(type, boolType)) continue;
      this.#mismatch(expr.args[i]!, boolType, type);
      wrong = true;
    }
    this.#references.set(expr, { kind: 'function', overloads, namespaced: false });
    return wrong ? errorType : boolType;
  }

  /** The result's type when the arguments fit. */
  #match(overload: Overload, argTypes: readonly Type[]): Type | undefined {
    const names = new Set(paramNames([...overload.params, overload.result]));
    const fresh: Bindings = new Map([...names].map(param => [param, this.#free()]));
    if (overload.params.length !== argTypes.length) return undefined;
    const params =
      fresh.size === 0 ? overload.params : overload.params.map(param => substitute(fresh, param));
    const bindings = assign(this.#bindings, argTypes, params);
    if (!bindings) return undefined;
    this.#bindings = bindings;
    return substitute(bindings, fresh.size === 0 ? overload.result : substitute(fresh, overload.result));
  }

  #noOverload(expr: Call, name: string, argTypes: readonly Type[], member: boolean): Type {
    const shown = argTypes.map(type => typeText(substitute(this.#bindings, type, dynType)));
    const receiver = member ? `${shown.shift()}.` : '';
    this.#issue(
      expr,
      `found no matching overload for '${name}' applied to '${receiver}(${shown.join(', ')})'`,
    );
    return errorType;
  }

  #list(expr: Expr & { kind: 'list' }): Type {
    let element: Type | undefined;
    for (const { value, optional } of expr.elements) {
      element = this.#join(element, this.#entryType(value, optional));
    }
    return listOf(element ?? this.#free());
  }

  /** The type that a list's element or a map's value adds; one marked by '?' is the optional's value. */
  #entryType(value: Expr, optional: boolean): Type {
    const type = this.#check(value);
    if (!optional) return type;
    if (isOptional(type)) return type.params[0]!;
    if (!isDynOrError(type)) this.#mismatch(value, optionalOf(type), type);
    return type;
  }

  #map(expr: Expr & { kind: 'map' }): Type {
    let key: Type | undefined;
    let value: Type | undefined;
    for (const entry of expr.entries) {
      key = this.#join(key, this.#check(entry.key));
      value = this.#join(value, this.#entryType(entry.value, entry.optional));
    }
    return mapOf(key ?? this.#free(), value ?? this.#free());
  }

  /** The type that takes both; mixed literals are dynamic here, and refused after the check where that is wanted. */
  #join(left: Type | undefined, right: Type): Type {
    if (left === undefined) return right;
    return this.#assignable(left, right) ? mostGeneral(left, right) : dynType;
  }

  #struct(expr: StructExpr): Type {
    const known = this.#environment.struct(expr.name);
    if (!known) {
      const other = this.#environment.identifier(expr.name);
      if (!other) return this.#undeclared(expr, expr.name);
      const { found } = other;
      const message =
        'type' in found
          ? `'${found.type.name}' is not a message type`
          : `'${found.variable.type.name}' is not a type`;
      this.#issue(expr, message);
      for (const field of expr.fields) {
        this.#check(field.value);
        this.#issue(field, unresolved(expr.name));
      }
      return errorType;
    }
    const { type } = known.found;
    this.#references.set(expr, { kind: 'struct', struct: known.found });
    for (const field of expr.fields) {
      const valueType = this.#entryType(field.value, field.optional);
      const fieldType = type.fields!(field.name);
      if (!fieldType) this.#issue(field, `undefined field '${field.name}'`);
      else if (!this.#assignable(fieldType, valueType)) {
        const texts = `'${typeText(fieldType)}' but provided type is '${typeText(valueType)}'`;
        this.#issue(field, `expected type of field '${field.name}' is ${texts}`);
      }
    }
    return type;
  }

  #comprehension(expr: Comprehension): Type {
    const range = substitute(this.#bindings, this.#check(expr.range));
    const accumulator = this.#check(expr.init);
    const [first, second] = this.#loopTypes(expr, range);
    this.#scopes.push(new Map([[expr.accumulator, accumulator]]));
    const loop = new Map([[expr.variable, first]]);
    if (expr.variable2 !== undefined) loop.set(expr.variable2, second);
    this.#scopes.push(loop);
    this.#require(expr.condition, boolType);
    this.#require(expr.step, accumulator);
    this.#scopes.pop();
    const result = this.#check(expr.result);
    this.#scopes.pop();
    return substitute(this.#bindings, result);
  }

  /** The types of the loop's variables. */
  #loopTypes(expr: Comprehension, range: Type): readonly [Type, Type] {
    const two = expr.variable2 !== undefined;
    switch (range.kind) {
      case 'list':
        return two ? [intType, range.params[0]!] : [range.params[0]!, dynType];
      case 'map':
        return [range.params[0]!, range.params[1]!];
      case 'dyn':
      case 'error':
      case 'param':
        this.#assignable(dynType, range);
        return [dynType, dynType];
      default: {
        const message = `expression of type '${typeText(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
        this.#issue(expr.range, message);
        return [errorType, errorType];
      }
    }
  }

  #require(expr: Expr, type: Type): void {
    const found = this.#check(expr);
    if (!this.#assignable(type, found)) this.#mismatch(expr, type, found);
  }

  #free(): Type {
    return typeParam(`_var${this.#variables++}`);
  }

  #assignable(from: Type, to: Type): boolean {
    const bindings = assign(this.#bindings, [from], [to]);
    if (bindings) this.#bindings = bindings;
    return bindings !== undefined;
  }
}

function unresolved(name: string): string {
  return `unexpected failed resolution of '${name}'`;
}

/** `a.b.c` of a chain of names. */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name;
  if (expr.kind !== 'select' || expr.testOnly) return undefined;
  const operand = qualifiedName(expr.operand);
  return operand === undefined ? undefined : `${operand}.${expr.field}`;
}
