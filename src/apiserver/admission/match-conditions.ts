import type { MatchCondition } from '#api/generated/types/admissionregistration.v1.ts';
import type { Clock } from '#base/clock.ts';
import { type Composed, results } from '#cel/admission.ts';
import type { Environment } from '#cel/environment.ts';
import { matchConditionsBudget } from '#cel/kubernetes.ts';
import { aggregateText } from '#machinery/field.ts';
import { conditionValues } from './expression-values.ts';
import { Evaluator, type Expression, type Outcome, OutOfBudget, compileExpression } from './expressions.ts';
import type { AdmissionMetrics, ConditionOwner } from './metrics.ts';
import type { AdmissionRequest } from './request.ts';

/** Where conditions tell what came of them. */
export interface ConditionWatch {
  readonly clock: Clock;
  readonly metrics: AdmissionMetrics;
}

export type Matched = boolean | { readonly error: string };

/** Conditions that all must hold for a webhook or policy to be asked. */
export class MatchConditions {
  readonly #owner: ConditionOwner;
  readonly #conditions: readonly Expression[];
  readonly #composed: Composed | undefined;

  constructor(
    owner: ConditionOwner,
    conditions: readonly MatchCondition[],
    environment: Environment,
    composed?: Composed,
  ) {
    this.#owner = owner;
    this.#conditions = conditions.map(({ expression }) =>
      compileExpression(expression, environment, results.condition),
    );
    this.#composed = composed;
  }

  /**
   * One that does not hold settles it, whatever fails beside it; but all of them must be affordable. An error where
   * none says no and some fail. `values` as `expressionValues` gives them.
   */
  evaluate(
    { clock, metrics }: ConditionWatch,
    operation: AdmissionRequest['operation'],
    values: Readonly<Record<string, unknown>>,
  ): Matched {
    const startMs = clock.monotonicMs();
    const evaluator = new Evaluator(conditionValues(values), matchConditionsBudget, this.#composed);
    try {
      const outcomes = this.#conditions.map(condition => evaluator.evaluate(condition));
      return this.#judge(outcomes, () => metrics.matchError(this.#owner, operation));
    } catch (error) {
      if (!(error instanceof OutOfBudget)) throw error;
      return { error: error.message };
    } finally {
      metrics.matchSeconds(this.#owner, operation, (clock.monotonicMs() - startMs) / 1000);
    }
  }

  #judge(outcomes: readonly Outcome[], failed: () => void): Matched {
    const errors: string[] = [];
    for (const { value, error } of outcomes) {
      if (value === false) return false;
      if (error === undefined) continue;
      errors.push(error);
      failed();
    }
    return errors.length === 0 || { error: aggregateText(errors) };
  }
}
