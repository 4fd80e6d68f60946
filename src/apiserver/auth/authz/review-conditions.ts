import type { SubjectAccessReview } from '#api/generated/types/authorization.v1.ts';
import { type Compiled, compileAdmission, results } from '#cel/admission.ts';
import { listDeclaration, mapDeclaration, objectDeclaration, stringDeclaration } from '#cel/declare.ts';
import { baseEnvironment, perCallLimit } from '#cel/kubernetes.ts';
import { CelError } from '#cel/values.ts';
import { aggregateText } from '#machinery/field.ts';

export type ReviewSpec = SubjectAccessReview['spec'];

const text = stringDeclaration;
const texts = listDeclaration(text);

const selector = (name: string) =>
  objectDeclaration(`kubernetes.${name}`, {
    rawSelector: text,
    requirements: listDeclaration(
      objectDeclaration('kubernetes.SelectorRequirement', { key: text, operator: text, values: texts }),
    ),
  });

const environment = baseEnvironment().with({
  request: objectDeclaration('kubernetes.SubjectAccessReviewSpec', {
    resourceAttributes: objectDeclaration('kubernetes.ResourceAttributes', {
      namespace: text,
      verb: text,
      group: text,
      version: text,
      resource: text,
      subresource: text,
      name: text,
      fieldSelector: selector('FieldSelectorAttributes'),
      labelSelector: selector('LabelSelectorAttributes'),
    }),
    nonResourceAttributes: objectDeclaration('kubernetes.NonResourceAttributes', { path: text, verb: text }),
    user: text,
    groups: texts,
    extra: mapDeclaration(texts),
    uid: text,
  }),
});

/** An expression over the spec of a SubjectAccessReview; the error is told where it is a field. */
export function compileReviewCondition(expression: string): Compiled {
  return compileAdmission(expression, environment, results.condition);
}

/** Conditions that all must hold for a webhook to be asked. */
export class ReviewConditions {
  readonly #conditions: readonly { readonly expression: string; readonly compiled: Compiled }[];

  constructor(expressions: readonly string[]) {
    this.#conditions = expressions.map(expression => ({
      expression,
      compiled: compileReviewCondition(expression),
    }));
  }

  /** One that does not hold settles it; an error where none says no and some fail. */
  evaluate(spec: ReviewSpec): boolean | { readonly error: string } {
    const errors: string[] = [];
    for (const { expression, compiled } of this.#conditions) {
      const value = compiled.program?.evaluate({ request: shown(spec) }, perCallLimit).value;
      if (value === false) return false;
      if (value === true) continue;
      const why = value instanceof CelError ? value.message : compiled.error;
      errors.push(`cel evaluation error: expression '${expression}' resulted in error: ${why}`);
    }
    return errors.length === 0 || { error: aggregateText(errors) };
  }
}

/** With all that a request may leave out. */
function shown({ user, uid, groups, extra, resourceAttributes, nonResourceAttributes }: ReviewSpec): object {
  const empty = { namespace: '', verb: '', group: '', version: '', resource: '', subresource: '', name: '' };
  return {
    user: user ?? '',
    uid: uid ?? '',
    groups: groups ?? [],
    extra: extra ?? {},
    ...(resourceAttributes ? { resourceAttributes: { ...empty, ...resourceAttributes } } : {}),
    ...(nonResourceAttributes ? { nonResourceAttributes } : {}),
  };
}
