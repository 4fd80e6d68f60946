/** Macros: calls that the parser rewrites, most of them into loops. */
import { accumulatorName, type Comprehension, type Expr, operator, unusedVariable } from './ast.ts';
import type { CelValue } from './values.ts';

/** The call is a macro but its arguments are wrong. */
export class MacroError extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** What a macro call becomes; undefined leaves the call as it is. New nodes are placed at `offset`. */
export type Expander = (offset: number, args: readonly Expr[], target: Expr | undefined) => Expr | undefined;

/** The macro for a call of this shape. */
export type Macros = (name: string, member: boolean, argCount: number) => Expander | undefined;

export interface Macro {
  readonly name: string;
  readonly member: boolean;
  readonly argCount: number;
  readonly expand: Expander;
}

export function macroTable(macros: readonly Macro[]): Macros {
  const table = new Map(macros.map(macro => [keyOf(macro.name, macro.member, macro.argCount), macro.expand]));
  return (name, member, argCount) => table.get(keyOf(name, member, argCount));
}

function keyOf(name: string, member: boolean, argCount: number): string {
  return `${name}:${argCount}:${member}`;
}

/** Makes nodes at one place. */
class Maker {
  readonly #offset: number;
  constructor(offset: number) {
    this.#offset = offset;
  }
  literal(value: CelValue): Expr {
    return { kind: 'literal', offset: this.#offset, value };
  }
  ident(name: string): Expr {
    return { kind: 'ident', offset: this.#offset, name };
  }
  get accumulator(): Expr {
    return this.ident(accumulatorName);
  }
  call(name: string, ...args: Expr[]): Expr {
    return { kind: 'call', offset: this.#offset, name, args };
  }
  member(name: string, target: Expr, ...args: Expr[]): Expr {
    return { kind: 'call', offset: this.#offset, name, target, args };
  }
  list(...values: Expr[]): Expr {
    return {
      kind: 'list',
      offset: this.#offset,
      elements: values.map(value => ({ value, optional: false })),
    };
  }
  map(): Expr {
    return { kind: 'map', offset: this.#offset, entries: [] };
  }
  loop(
    variables: Variables,
    rest: Pick<Comprehension, 'range' | 'init' | 'condition' | 'step' | 'result'>,
  ): Expr {
    return {
      kind: 'comprehension',
      offset: this.#offset,
      accumulator: accumulatorName,
      ...variables,
      ...rest,
    };
  }
  /** A name for a value within `result`. */
  bind(name: string, init: Expr, result: Expr): Expr {
    return {
      kind: 'comprehension',
      offset: this.#offset,
      range: this.list(),
      variable: unusedVariable,
      accumulator: name,
      init,
      condition: this.literal(false),
      step: this.ident(name),
      result,
    };
  }
}

interface Variables {
  readonly variable: string;
  readonly variable2?: string;
}

const accumulatorNames = new Set([accumulatorName, '__result__']);

function variableName(arg: Expr, refusal: string): string {
  if (arg.kind !== 'ident') throw new MacroError(arg.offset, refusal);
  if (accumulatorNames.has(arg.name)) {
    throw new MacroError(arg.offset, 'iteration variable overwrites accumulator variable');
  }
  return arg.name;
}

function oneVariable(refusal: string): (args: readonly Expr[]) => Variables {
  return args => ({ variable: variableName(args[0]!, refusal) });
}

function twoVariables(args: readonly Expr[]): Variables {
  const variable = variableName(args[0]!, 'argument must be a simple name');
  const variable2 = variableName(args[1]!, 'argument must be a simple name');
  if (variable === variable2) throw new MacroError(args[1]!.offset, `duplicate variable name: ${variable}`);
  return { variable, variable2 };
}

/** What a quantifier does with its predicate. */
type Quantifier = (
  make: Maker,
  predicate: Expr,
) => Pick<Comprehension, 'init' | 'condition' | 'step' | 'result'>;

const all: Quantifier = (make, predicate) => ({
  init: make.literal(true),
  condition: make.call(operator.notStrictlyFalse, make.accumulator),
  step: make.call(operator.and, make.accumulator, predicate),
  result: make.accumulator,
});

const exists: Quantifier = (make, predicate) => ({
  init: make.literal(false),
  condition: make.call(operator.notStrictlyFalse, make.call(operator.not, make.accumulator)),
  step: make.call(operator.or, make.accumulator, predicate),
  result: make.accumulator,
});

const existsOne: Quantifier = (make, predicate) => ({
  init: make.literal(0),
  condition: make.literal(true),
  step: make.call(
    operator.conditional,
    predicate,
    make.call(operator.add, make.accumulator, make.literal(1)),
    make.accumulator,
  ),
  result: make.call(operator.equals, make.accumulator, make.literal(1)),
});

function quantifier(
  name: string,
  argCount: number,
  variables: (args: readonly Expr[]) => Variables,
  of: Quantifier,
): Macro {
  return {
    name,
    member: true,
    argCount,
    expand: (offset, args, target) => {
      const make = new Maker(offset);
      return make.loop(variables(args), { range: target!, ...of(make, args.at(-1)!) });
    },
  };
}

/** A loop that collects: `step` makes the next accumulator, under the filter where the call has one. */
function collector(
  name: string,
  argCount: number,
  shape: {
    variables: (args: readonly Expr[]) => Variables;
    init: (make: Maker) => Expr;
    step: (make: Maker, args: readonly Expr[]) => Expr;
    filter?: (args: readonly Expr[]) => Expr;
  },
): Macro {
  return {
    name,
    member: true,
    argCount,
    expand: (offset, args, target) => {
      const make = new Maker(offset);
      const variables = shape.variables(args);
      const step = shape.step(make, args);
      const filter = shape.filter?.(args);
      return make.loop(variables, {
        range: target!,
        init: shape.init(make),
        condition: make.literal(true),
        step: filter ? make.call(operator.conditional, filter, step, make.accumulator) : step,
        result: make.accumulator,
      });
    },
  };
}

const named = oneVariable('argument is not an identifier');
const append = (make: Maker, value: Expr) => make.call(operator.add, make.accumulator, make.list(value));
const appendLast = (make: Maker, args: readonly Expr[]) => append(make, args.at(-1)!);
const emptyList = (make: Maker) => make.list();

const has: Macro = {
  name: 'has',
  member: false,
  argCount: 1,
  expand: (offset, [arg]) => {
    if (arg!.kind !== 'select') throw new MacroError(arg!.offset, 'invalid argument to has() macro');
    return { kind: 'select', offset, operand: arg!.operand, field: arg!.field, testOnly: true };
  },
};

const simpleName = oneVariable('argument must be a simple name');

export const standardMacros: readonly Macro[] = [
  has,
  quantifier('all', 2, simpleName, all),
  quantifier('exists', 2, simpleName, exists),
  quantifier('exists_one', 2, simpleName, existsOne),
  collector('map', 2, { variables: named, init: emptyList, step: appendLast }),
  collector('map', 3, { variables: named, init: emptyList, step: appendLast, filter: args => args[1]! }),
  collector('filter', 2, {
    variables: named,
    init: emptyList,
    step: (make, args) => append(make, args[0]!),
    filter: args => args[1]!,
  }),
];

export const mapInsert = 'cel.@mapInsert';
const emptyMap = (make: Maker) => make.map();
const insertKeyValue = (make: Maker, args: readonly Expr[]) =>
  make.call(mapInsert, make.accumulator, make.ident(variableName(args[0]!, '')), args.at(-1)!);
const insertEntries = (make: Maker, args: readonly Expr[]) =>
  make.call(mapInsert, make.accumulator, args.at(-1)!);
const third = (args: readonly Expr[]) => args[2]!;

/** Macros over keys and values, or indices and elements. */
export const twoVariableMacros: readonly Macro[] = [
  quantifier('all', 3, twoVariables, all),
  quantifier('exists', 3, twoVariables, exists),
  quantifier('existsOne', 3, twoVariables, existsOne),
  quantifier('exists_one', 3, twoVariables, existsOne),
  collector('transformList', 3, { variables: twoVariables, init: emptyList, step: appendLast }),
  collector('transformList', 4, {
    variables: twoVariables,
    init: emptyList,
    step: appendLast,
    filter: third,
  }),
  collector('transformMap', 3, { variables: twoVariables, init: emptyMap, step: insertKeyValue }),
  collector('transformMap', 4, {
    variables: twoVariables,
    init: emptyMap,
    step: insertKeyValue,
    filter: third,
  }),
  collector('transformMapEntry', 3, { variables: twoVariables, init: emptyMap, step: insertEntries }),
  collector('transformMapEntry', 4, {
    variables: twoVariables,
    init: emptyMap,
    step: insertEntries,
    filter: third,
  }),
];

/** The target stands twice, as one node: a copy would double the tree with each call of a chain. */
function optionalMacro(name: string, wrap: (make: Maker, bound: Expr) => Expr): Macro {
  return {
    name,
    member: true,
    argCount: 2,
    expand: (offset, [variable, body], target) => {
      if (variable!.kind !== 'ident') {
        throw new MacroError(variable!.offset, `${name}() variable name must be a simple identifier`);
      }
      const make = new Maker(offset);
      const bound = make.bind(variable!.name, make.member('value', target!), body!);
      return make.call(
        operator.conditional,
        make.member('hasValue', target!),
        wrap(make, bound),
        make.call('optional.none'),
      );
    },
  };
}

export const optionalMacros: readonly Macro[] = [
  optionalMacro('optMap', (make, bound) => make.call('optional.of', bound)),
  optionalMacro('optFlatMap', (_make, bound) => bound),
];

const sortInput = '@__sortBy_input__';

export const sortByMacro: Macro = {
  name: 'sortBy',
  member: true,
  argCount: 2,
  expand: (offset, args, target) => {
    if (target!.kind === 'literal' || target!.kind === 'map' || target!.kind === 'struct') {
      const refusal =
        'sortBy can only be applied to a list, identifier, comprehension, call or select expression';
      throw new MacroError(target!.offset, refusal);
    }
    const make = new Maker(offset);
    const keys = make.loop(named(args), {
      range: make.ident(sortInput),
      init: make.list(),
      condition: make.literal(true),
      step: append(make, args[1]!),
      result: make.accumulator,
    });
    return make.bind(sortInput, target!, make.member('@sortByAssociatedKeys', make.ident(sortInput), keys));
  },
};

/** `cel.bind(name, value, expression)`: in Kubernetes for the selectors of devices alone. */
export const bindMacro: Macro = {
  name: 'bind',
  member: true,
  argCount: 3,
  expand: (offset, [name, value, body], target) => {
    if (target!.kind !== 'ident' || target!.name !== 'cel') return undefined;
    if (name!.kind !== 'ident')
      throw new MacroError(name!.offset, 'cel.bind() variable names must be simple identifiers');
    return new Maker(offset).bind(name!.name, value!, body!);
  },
};
