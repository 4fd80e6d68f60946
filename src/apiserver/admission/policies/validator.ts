import type { ValidatingAdmissionPolicy, Validation } from '#api/generated/types/admissionregistration.v1.ts';
import { policyVariables } from '#api/policy-validation.ts';
import { type Composed, admissionEnvironment, composeVariables, results } from '#cel/admission.ts';
import { matchConditionsBudget, messageSizeMax, runtimeBudget } from '#cel/kubernetes.ts';
import { expressionValues } from '../expression-values.ts';
import {
  Evaluator,
  type Expression,
  MatchConditions,
  OutOfBudget,
  compileExpression,
} from '../expressions.ts';
import type { Subject, Target, Versioned } from '../subject.ts';

/** A validation that did not hold, or could not be evaluated. */
export interface Decision {
  readonly index: number;
  readonly message: string;
  readonly reason?: string | undefined;
  readonly failed: boolean;
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

  constructor({ spec }: ValidatingAdmissionPolicy) {
    const { variables = [], matchConditions = [], validations = [], auditAnnotations = [] } = spec ?? {};
    const options = policyVariables(spec);
    this.#ignores = spec?.failurePolicy === 'Ignore';
    this.#composed = composeVariables(variables, options);
    const composed = { composed: this.#composed.types };
    const environment = admissionEnvironment({ ...options, ...composed });
    const unauthorized = admissionEnvironment({ ...options, ...composed, authorizer: false });
    this.#conditions =
      matchConditions.length > 0 ? new MatchConditions(matchConditions, environment) : undefined;
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

  judge(subject: Subject, target: Target, versioned: Versioned, more: Values): Verdict {
    const values = expressionValues(subject, target, versioned, more);
    const matches =
      this.#conditions?.evaluate(
        new Evaluator({ ...values, namespaceObject: null }, matchConditionsBudget, this.#composed),
      ) ?? true;
    if (matches === false) return nothing;
    if (matches !== true) return this.#failure(matches.error);
    try {
      const evaluator = new Evaluator(values, runtimeBudget, this.#composed);
      const decisions = this.#validations.flatMap((validation, i) => this.#decide(evaluator, validation, i));
      const annotating = new Evaluator(values, runtimeBudget, this.#composed);
      return { decisions, annotations: this.#annotations.flatMap(one => this.#annotate(annotating, one)) };
    } catch (error) {
      if (error instanceof OutOfBudget) return this.#failure(error.message);
      throw error;
    }
  }

  #failure(message: string, index = 0): Verdict {
    return this.#ignores ? nothing : { decisions: [{ index, message, failed: true }], annotations: [] };
  }

  #decide(evaluator: Evaluator, compiled: CompiledValidation, index: number): readonly Decision[] {
    const { value, error } = evaluator.evaluate(compiled.expression);
    if (error !== undefined) return this.#failure(error, index).decisions;
    if (value === true) return [];
    const { reason } = compiled.validation;
    try {
      return [{ index, message: messageOf(evaluator, compiled), reason, failed: false }];
    } catch (failure) {
      if (!(failure instanceof OutOfBudget)) throw failure;
      return this.#failure(`failed messageExpression: ${failure.message}`, index).decisions;
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

/** The expression's message where it gives a usable one, the fixed one, or the expression itself. */
function messageOf(evaluator: Evaluator, { validation, message }: CompiledValidation): string {
  const made = message && evaluator.evaluate(message).value;
  if (typeof made === 'string') {
    const text = made.trim();
    const isUsable =
      text !== '' && !text.includes('\n') && new TextEncoder().encode(text).length <= messageSizeMax;
    if (isUsable) return text;
  }
  return validation.message?.trim() || `failed expression: ${validation.expression.trim()}`;
}

export function compileValidator(policy: ValidatingAdmissionPolicy): Validator {
  return new Validator(policy);
}
