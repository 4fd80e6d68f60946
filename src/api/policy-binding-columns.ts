import { formatLabelSelector } from '#machinery/selectors.ts';
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

function paramText(object: PolicyBinding): string {
  const param = object.spec?.paramRef;
  if (param?.name) return `${param.namespace || '*'}/${param.name}`;
  return param?.selector ? formatLabelSelector(param.selector) : '<unset>';
}

/** The cells of a validating or mutating policy's binding. */
export function policyBindingRow(object: PolicyBinding, nowMs: number): unknown[] {
  return [object.metadata.name, object.spec?.policyName ?? '', paramText(object), age(object, nowMs)];
}
