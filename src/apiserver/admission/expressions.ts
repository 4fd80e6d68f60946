import {
  type Compiled,
  type Composed,
  type Results,
  compileAdmission,
  composedType,
} from '#cel/admission.ts';
import type { Environment } from '#cel/environment.ts';
import { perCallLimit } from '#cel/kubernetes.ts';
import type { Type } from '#cel/types.ts';
import { CelError, CelObject, type CelValue } from '#cel/values.ts';

/** An expression of a webhook or a policy, compiled once. */
export interface Expression {
  readonly text: string;
  readonly compiled: Compiled;
}

export function compileExpression(text: string, environment: Environment, allowed: Results): Expression {
  return { text, compiled: compileAdmission(text, environment, allowed) };
}

/** All expressions of a binding's policy together cost more than they may. */
export class OutOfBudget extends Error {
  override readonly name = 'OutOfBudget';
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run');
  }
}

export type Outcome =
  | { readonly value: CelValue; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: string };

/** Evaluates expressions over one request, within one budget. */
export class Evaluator {
  readonly #values: Readonly<Record<string, unknown>>;
  #remaining: number;

  constructor(values: Readonly<Record<string, unknown>>, budget: number, composition?: Composed) {
    this.#remaining = budget;
    this.#values = composition ? { ...values, variables: new LazyVariables(composition, this) } : values;
  }

  /** What of the budget is left. */
  get remaining(): number {
    return this.#remaining;
  }

  /** Throws OutOfBudget. */
  evaluate({ text, compiled }: Expression): Outcome {
    if (!compiled.program) return { error: `compilation error: ${compiled.error}` };
    const { value, cost } = compiled.program.evaluate(this.#values, perCallLimit);
    this.#remaining -= cost;
    if (this.#remaining < 0) throw new OutOfBudget();
    if (value instanceof CelError)
      return { error: `expression '${text}' resulted in error: ${value.message}` };
    return { value };
  }

  /** A variable's value, or the error that stands for it. */
  variable(name: string, compiled: Compiled): CelValue {
    const quoted = JSON.stringify(name);
    if (!compiled.program)
      return new CelError(`composited variable ${quoted} fails to compile: ${compiled.error}`);
    const { value, cost } = compiled.program.evaluate(this.#values, perCallLimit);
    this.#remaining -= cost;
    if (!(value instanceof CelError)) return value;
    return new CelError(`composited variable ${quoted} fails to evaluate: ${value.message}`);
  }
}

/** `variables`: each is evaluated when first asked for. */
class LazyVariables extends CelObject {
  readonly type: Type;
  readonly #composed: Composed;
  readonly #evaluator: Evaluator;
  readonly #known = new Map<string, CelValue>();

  constructor(composed: Composed, evaluator: Evaluator) {
    super();
    this.type = composedType(composed.types);
    this.#composed = composed;
    this.#evaluator = evaluator;
  }

  get(field: string): CelValue | undefined {
    const known = this.#known.get(field);
    if (known !== undefined) return known;
    const compiled = this.#composed.variables.get(field);
    if (!compiled) return undefined;
    const value = this.#evaluator.variable(field, compiled);
    this.#known.set(field, value);
    return value;
  }

  equals(other: CelObject): boolean {
    return other === this;
  }
}
