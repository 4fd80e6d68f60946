/**
 * The room's front door: an expression and an environment in, a program or its issues out. Programs are closures; they
 * hold no state between evaluations and may be shared.
 */
import { check } from './checker.ts';
import type { CostEstimate } from './cost-range.ts';
import { estimateCost } from './cost-estimate.ts';
import type { Environment } from './environment.ts';
import { run } from './frame.ts';
import { parse } from './parser.ts';
import { plan } from './plan.ts';
import { type Issue, Source } from './source.ts';
import type { Type } from './types.ts';
import type { CelValue } from './values.ts';

/** What evaluation gave: a CelError is an ordinary outcome. */
export interface Evaluation {
  readonly value: CelValue;
  /** In cost units of upstream's model, also when it failed. */
  readonly cost: number;
}

export interface Program {
  readonly resultType: Type;
  /** The environment's variables that the expression names. */
  readonly variables: ReadonlySet<string>;
  /** The worst case over all data that the variables' declarations allow. */
  readonly estimate: CostEstimate;
  /**
   * Evaluates over values of the variables: JSON that their declarations read, or CEL values. One that is absent or
   * undefined has no value. Ends with `costLimitExceeded` when it would cost more than the limit.
   */
  evaluate(values: Readonly<Record<string, unknown>>, costLimit: number): Evaluation;
}

export type Compilation =
  | { readonly program: Program; readonly issues?: undefined; readonly uninstantiable?: undefined }
  | {
      readonly program?: undefined;
      /** One text for all. */
      readonly issues: string;
      /** It checks, but a call of literals in it can never work: upstream finds that out in a step of its own. */
      readonly uninstantiable?: boolean;
    };

/** Parses, checks and plans. Issues come as one text, laid out as cel-go lays it out. */
export function compile(text: string, environment: Environment): Compilation {
  const source = new Source(text);
  const refuse = (issues: readonly Issue[]): Compilation => ({ issues: source.showAll(issues) });
  const parsed = parse(text, environment);
  if (!parsed.expr) return refuse(parsed.issues);
  const { checked, issues } = check(parsed.expr, environment);
  if (issues.length > 0) return refuse(issues);
  const invalid = environment.validators.flatMap(validate => validate(checked));
  if (invalid.length > 0) return refuse(invalid);
  const planned = plan(checked, environment);
  if (planned.failure !== undefined) return { issues: planned.failure, uninstantiable: true };
  const variables = new Set<string>();
  for (const reference of checked.references.values()) {
    if (reference.kind === 'variable') variables.add(reference.name);
  }
  let estimate: CostEstimate | undefined;
  return {
    program: {
      resultType: checked.types.get(checked.expr)!,
      variables,
      get estimate() {
        estimate ??= estimateCost(checked, environment);
        return estimate;
      },
      evaluate: (values, costLimit) => run(planned, values, costLimit),
    },
  };
}
