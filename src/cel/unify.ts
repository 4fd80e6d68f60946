/** Which type may stand where another is wanted, and what free type variables come to stand for on the way. */
import { isDynOrError, sameType, type Type } from './types.ts';

/** What type variables are bound to, by name. */
export type Bindings = Map<string, Type>;

/** The bindings with what the match adds, or undefined where the types do not match. */
export function assign(bindings: Bindings, from: readonly Type[], to: readonly Type[]): Bindings | undefined {
  const trial = new Map(bindings);
  return assignAll(trial, from, to) ? trial : undefined;
}

function assignAll(bindings: Bindings, from: readonly Type[], to: readonly Type[]): boolean {
  return from.length === to.length && from.every((type, i) => assignOne(bindings, type, to[i]!));
}

function assignOne(bindings: Bindings, from: Type, to: Type): boolean {
  if (to.kind === 'param') {
    const bound = bind(bindings, to, from);
    if (bound !== undefined) return bound;
  }
  if (from.kind === 'param') return bind(bindings, from, to) ?? false;
  if (isDynOrError(from) || isDynOrError(to)) return true;
  if (from.kind === 'null') return isNullable(to);
  if (to.kind === 'null') return isNullable(from);
  if (from.kind !== to.kind) return false;
  switch (from.kind) {
    case 'type':
      return true;
    case 'opaque':
    case 'list':
    case 'map':
      return from.name === to.name && assignAll(bindings, from.params, to.params);
    default:
      return from.name === to.name;
  }
}

function isNullable(type: Type): boolean {
  return ['null', 'opaque', 'struct', 'duration', 'timestamp'].includes(type.kind);
}

/** Whether a variable can stand for the type: false when it is taken, undefined when it would hold itself. */
function bind(bindings: Bindings, variable: Type, type: Type): boolean | undefined {
  if (sameType(variable, type)) return true;
  const bound = bindings.get(variable.name);
  if (bound) {
    if (sameType(bound, type)) return true;
    if (!assignOne(bindings, type, bound)) return false;
    const general = mostGeneral(type, bound);
    if (!occurs(bindings, variable, general)) bindings.set(variable.name, general);
    return true;
  }
  if (occurs(bindings, variable, type)) return undefined;
  bindings.set(variable.name, type);
  return true;
}

function occurs(bindings: Bindings, variable: Type, within: Type): boolean {
  if (within.kind === 'param') {
    if (within.name === variable.name) return true;
    const bound = bindings.get(within.name);
    return bound !== undefined && occurs(bindings, variable, bound);
  }
  return within.params.some(param => occurs(bindings, variable, param));
}

/** The one of two matching types that takes more. */
export function mostGeneral(left: Type, right: Type): Type {
  return isEqualOrLessSpecific(left, right) ? left : right;
}

function isEqualOrLessSpecific(left: Type, right: Type): boolean {
  if (left.kind === 'dyn' || left.kind === 'param') return true;
  if (right.kind === 'dyn' || right.kind === 'param') return false;
  if (left.kind !== right.kind || left.name !== right.name) return false;
  if (left.kind === 'type') return true;
  return (
    left.params.length === right.params.length &&
    left.params.every((param, i) => isEqualOrLessSpecific(param, right.params[i]!))
  );
}

/** The type with its bound variables replaced; free ones become `rest` where one is given. */
export function substitute(bindings: Bindings, type: Type, rest?: Type): Type {
  if (type.kind === 'param') {
    const bound = bindings.get(type.name);
    return bound ? substitute(bindings, bound, rest) : (rest ?? type);
  }
  if (type.params.length === 0) return type;
  const params = type.params.map(param => substitute(bindings, param, rest));
  return params.every((param, i) => param === type.params[i]) ? type : { ...type, params };
}

/** The names of the type variables in a signature. */
export function paramNames(types: readonly Type[]): string[] {
  return types.flatMap(type => (type.kind === 'param' ? [type.name] : paramNames(type.params)));
}
