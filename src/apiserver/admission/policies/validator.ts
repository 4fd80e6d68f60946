import type {
  MatchCondition,
  ValidatingAdmissionPolicy,
  Validation,
} from '#api/generated/types/admissionregistration.v1.ts';
import { policyVariables } from '#api/policy-validation.ts';
import { type Composed, admissionEnvironment, composeVariables, results } from '#cel/admission.ts';
import type { Environment } from '#cel/environment.ts';
import { messageSizeMax, runtimeBudget } from '#cel/kubernetes.ts';
import { expressionValues, withoutAuthorizer } from '../expression-values.ts';
import { Evaluator, type Expression, type Outcome, OutOfBudget, compileExpression } from '../expressions.ts';
import { type ConditionWatch, MatchConditions } from '../match-conditions.ts';
import type { Subject, Target, Versioned } from '../subject.ts';

/** A validation that did not hold, or could not be evaluated. */
export interface Decision {
  readonly index: number;
  readonly message: string;
  readonly reason?: string | undefined;
  /** False where it could not be evaluated and the failure policy lets that pass. */
  readonly denies: boolean;
}

export interface Verdict {
  readonly decisions: readonly Decision[];
  readonly annotations: readonly { readonly key: string; readonly value?: string; readonly error?: string }[];
}

const nothing: Verdict = { decisions: [], annotations: [] };

interface CompiledValidation {
  readonly validation: Validation;
  readonly expression: Expression;
  readonly message: Expression | undefined;
}

type Values = Parameters<typeof expressionValues>[3];

/** A validating policy, compiled. */
export class Validator {
  readonly #ignores: boolean;
  readonly #composed: Composed;
  readonly #conditions: MatchConditions | undefined;
  readonly #validations: readonly CompiledValidation[];
  readonly #annotations: readonly { readonly key: string; readonly expression: Expression }[];

  constructor({ metadata, spec }: ValidatingAdmissionPolicy) {
    const { variables = [], matchConditions = [], validations = [], auditAnnotations = [] } = spec ?? {};
    const options = policyVariables(spec);
    this.#ignores = spec?.failurePolicy === 'Ignore';
    this.#composed = composeVariables(variables, options);
    const composed = { composed: this.#composed.types };
    const environment = admissionEnvironment({ ...options, ...composed });
    const unauthorized = admissionEnvironment({ ...options, ...composed, authorizer: false });
    this.#conditions = policyConditions(metadata.name!, matchConditions, environment, this.#composed);
    this.#validations = validations.map(validation => ({
      validation,
      expression: compileExpression(validation.expression, environment, results.condition),
      message: validation.messageExpression
        ? compileExpression(validation.messageExpression, unauthorized, results.message)
        : undefined,
    }));
    this.#annotations = auditAnnotations.map(({ key, valueExpression }) => ({
      key,
      expression: compileExpression(valueExpression, environment, results.annotation),
    }));
  }

  judge(
    watch: ConditionWatch,
    subject: Subject,
    target: Target,
    versioned: Versioned,
    more: Values,
  ): Verdict {
    const values = expressionValues(subject, target, versioned, more);
    const matches = this.#conditions?.evaluate(watch, subject.request.operation, values) ?? true;
    if (matches === false) return nothing;
    try {
      if (matches !== true) return this.#failure(matches.error);
      const unauthorized = withoutAuthorizer(values);
      const decisions = this.#decide(values, unauthorized);
      const annotating = new Evaluator(unauthorized, runtimeBudget, this.#composed);
      return { decisions, annotations: this.#annotations.flatMap(one => this.#annotate(annotating, one)) };
    } catch (error) {
      if (error instanceof OutOfBudget) return this.#failure(error.message);
      throw error;
    }
  }

  #failure(message: string): Verdict {
    return { decisions: [this.#failed(message, 0)], annotations: [] };
  }

  #failed(message: string, index: number): Decision {
    return { index, message, denies: !this.#ignores };
  }

  #decide(values: Record<string, unknown>, unauthorized: Record<string, unknown>): Decision[] {
    const evaluator = new Evaluator(values, runtimeBudget, this.#composed);
    const outcomes = this.#validations.map(({ expression }) => evaluator.evaluate(expression));
    if (outcomes.every(({ value }) => value === true)) return [];
    const messages = this.#messages(new Evaluator(unauthorized, evaluator.remaining, this.#composed));
    return outcomes.flatMap(({ value, error }, index) => {
      if (error !== undefined) return this.#failed(error, index);
      if (messages instanceof OutOfBudget) {
        return this.#failed(`failed messageExpression: ${messages.message}`, index);
      }
      if (value === true) return [];
      const { validation } = this.#validations[index]!;
      const message = messageOf(validation, messages[index]);
      return { index, message, reason: validation.reason, denies: true };
    });
  }

  /** All of them, for they share what is left of the budget. */
  #messages(evaluator: Evaluator): readonly (Outcome | undefined)[] | OutOfBudget {
    try {
      return this.#validations.map(({ message }) => message && evaluator.evaluate(message));
    } catch (error) {
      if (error instanceof OutOfBudget) return error;
      throw error;
    }
  }

  #annotate(
    evaluator: Evaluator,
    { key, expression }: { readonly key: string; readonly expression: Expression },
  ): Verdict['annotations'] {
    const { value, error } = evaluator.evaluate(expression);
    if (error !== undefined) return this.#ignores ? [] : [{ key, error }];
    if (value === null) return [];
    if (typeof value === 'string') return value.trim() === '' ? [] : [{ key, value: value.trim() }];
    const wrong = `valueExpression '${expression.text}' resulted in unsupported return type. Return type must be either string or null.`;
    return [{ key, error: wrong }];
  }
}

/** A policy's match conditions; undefined where it has none. */
export function policyConditions(
  name: string,
  conditions: readonly MatchCondition[],
  environment: Environment,
  composed: Composed,
): MatchConditions | undefined {
  if (conditions.length === 0) return undefined;
  return new MatchConditions({ name, kind: 'policy', type: 'validate' }, conditions, environment, composed);
}

/** The expression's message where it gives a usable one, the fixed one, or the expression itself. */
function messageOf(validation: Validation, made: Outcome | undefined): string {
  if (typeof made?.value === 'string') {
    const text = made.value.trim();
    const isUsable =
      text !== '' && !text.includes('\n') && new TextEncoder().encode(text).length <= messageSizeMax;
    if (isUsable) return text;
  }
  return validation.message?.trim() || `failed expression: ${validation.expression.trim()}`;
}

export function compileValidator(policy: ValidatingAdmissionPolicy): Validator {
  return new Validator(policy);
}
