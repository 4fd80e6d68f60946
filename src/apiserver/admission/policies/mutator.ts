import type { MutatingAdmissionPolicy } from '#api/generated/types/admissionregistration.v1.ts';
import { policyVariables } from '#api/policy-validation.ts';
import { type Composed, admissionEnvironment, composeVariables, results } from '#cel/admission.ts';
import { runtimeBudget } from '#cel/kubernetes.ts';
import { expressionValues } from '../expression-values.ts';
import { Evaluator, type Expression, compileExpression } from '../expressions.ts';
import type { ConditionWatch, MatchConditions, Matched } from '../match-conditions.ts';
import type { Subject, Target, Versioned } from '../subject.ts';
import { MutationError, applyObject, applyPatches } from './patches.ts';
import { policyConditions } from './validator.ts';

type Values = Parameters<typeof expressionValues>[3];

interface CompiledMutation {
  readonly patchType: string;
  readonly expression: Expression;
}

/** A mutating policy, compiled. */
export class Mutator {
  readonly #composed: Composed;
  readonly #conditions: MatchConditions | undefined;
  readonly #mutations: readonly CompiledMutation[];

  constructor({ metadata, spec }: MutatingAdmissionPolicy) {
    const { variables = [], matchConditions = [], mutations = [] } = spec ?? {};
    const options = policyVariables(spec);
    this.#composed = composeVariables(variables, options);
    const composed = { composed: this.#composed.types };
    const environment = admissionEnvironment({ ...options, ...composed });
    const constructing = admissionEnvironment({ ...options, ...composed, patchTypes: true });
    this.#conditions = policyConditions(metadata.name!, matchConditions, environment, this.#composed);
    this.#mutations = mutations.map(({ patchType, jsonPatch, applyConfiguration }) => ({
      patchType: patchType ?? '',
      expression:
        patchType === 'JSONPatch'
          ? compileExpression(jsonPatch?.expression ?? '', constructing, results.jsonPatch)
          : compileExpression(applyConfiguration?.expression ?? '', constructing, results.applyConfiguration),
    }));
  }

  get length(): number {
    return this.#mutations.length;
  }

  matches(
    watch: ConditionWatch,
    subject: Subject,
    target: Target,
    versioned: Versioned,
    more: Values,
  ): Matched {
    if (!this.#conditions) return true;
    const values = expressionValues(subject, target, versioned, more);
    return this.#conditions.evaluate(watch, subject.request.operation, values);
  }

  /** What the object becomes by one of the mutations; undefined where it stays. Throws MutationError and OutOfBudget. */
  mutate(index: number, subject: Subject, target: Target, versioned: Versioned, more: Values): unknown {
    const { patchType, expression } = this.#mutations[index]!;
    const values = expressionValues(subject, target, versioned, more);
    const { value, error } = new Evaluator(values, runtimeBudget, this.#composed).evaluate(expression);
    if (value === undefined) throw new MutationError(error);
    const object = versioned.object!;
    return patchType === 'JSONPatch'
      ? applyPatches(object, value)
      : applyObject(subject.schemaOf(target), object, value);
  }
}

export function compileMutator(policy: MutatingAdmissionPolicy): Mutator {
  return new Mutator(policy);
}
