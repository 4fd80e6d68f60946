import { compareStrings } from '#machinery/bytes.ts';
import { age, ageColumn, column, nameColumn } from './columns.ts';
import type { Column } from './definition.ts';
import type {
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicyBinding,
} from './generated/types/admissionregistration.v1.ts';

type PolicyBinding = MutatingAdmissionPolicyBinding | ValidatingAdmissionPolicyBinding;

export const policyBindingColumns: readonly Column[] = [
  nameColumn,
  column('PolicyName'),
  column('ParamRef'),
  ageColumn,
];

type LabelSelector = NonNullable<NonNullable<NonNullable<PolicyBinding['spec']>['paramRef']>['selector']>;

/** As Go writes the struct. */
function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.keys(matchLabels)
    .sort(compareStrings)
    .map(key => `${key}: ${matchLabels[key]},`);
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}

function paramText(object: PolicyBinding): string {
  const param = object.spec?.paramRef;
  if (param?.name) return `${param.namespace || '*'}/${param.name}`;
  return param?.selector ? selectorText(param.selector) : '<unset>';
}

/** The cells of a validating or mutating policy's binding. */
export function policyBindingRow(object: PolicyBinding, nowMs: number): unknown[] {
  return [object.metadata.name, object.spec?.policyName ?? '', paramText(object), age(object, nowMs)];
}
