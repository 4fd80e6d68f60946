import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  MutatingAdmissionPolicySpec,
  Mutation,
  NamedRuleWithOperations,
} from '../generated/types/admissionregistration.v1.ts';
import { createErrors } from '../testing.ts';
import { mutatingAdmissionPolicyBindingResource } from './mutating-admission-policy-binding.ts';
import { mutatingAdmissionPolicyResource } from './mutating-admission-policy.ts';

const apiVersion = 'admissionregistration.k8s.io/v1';
const metadata = { name: 'p' };
const rule = (...operations: string[]): NamedRuleWithOperations => ({
  ...{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] },
  operations,
});
const jsonPatch = { expression: '[JSONPatch{op: "test", path: "/a", value: 1}]' };

function errorsOf(mutations: Mutation[], more: Partial<MutatingAdmissionPolicySpec> = {}): string[] {
  const spec = {
    matchConstraints: { resourceRules: [rule('CREATE')] },
    reinvocationPolicy: 'Never',
    mutations,
  };
  const object = { apiVersion, kind: 'MutatingAdmissionPolicy', metadata, spec: { ...spec, ...more } };
  return createErrors(mutatingAdmissionPolicyResource, object);
}

test('a mutation has the patch that its type says, and no other', () => {
  const at = 'spec.mutations[0]';
  const patchType = 'JSONPatch';
  assert.deepEqual(errorsOf([{ patchType, jsonPatch }]), []);
  assert.deepEqual(errorsOf([{ patchType }]), [
    `${at}.jsonPatch: Required value: must be specified when patchType is JSONPatch`,
  ]);
  assert.deepEqual(errorsOf([{ patchType, jsonPatch, applyConfiguration: {} }]), [
    `${at}.applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch`,
  ]);
  assert.deepEqual(errorsOf([{ patchType: 'ApplyConfiguration', applyConfiguration: {} }]), [
    `${at}.applyConfiguration.expression: Required value`,
  ]);
  assert.deepEqual(errorsOf([{ patchType: 'Merge' }]), [
    `${at}.patchType: Unsupported value: "Merge": supported values: "ApplyConfiguration", "JSONPatch"`,
  ]);
  assert.deepEqual(errorsOf([]), [
    'spec.mutations: Required value: mutations must contain at least one item',
  ]);
});

test('what is deleted cannot be changed', () => {
  const matching = { resourceRules: [rule('DELETE')] };
  const supported = 'Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"';
  assert.deepEqual(errorsOf([{ patchType: 'JSONPatch', jsonPatch }], { matchConstraints: matching }), [
    `spec.matchConstraints.resourceRules.operations: ${supported}`,
  ]);
  const kind = 'MutatingAdmissionPolicyBinding';
  const binding = { apiVersion, kind, metadata, spec: { policyName: 'p', matchResources: matching } };
  assert.deepEqual(createErrors(mutatingAdmissionPolicyBindingResource, binding), [
    `spec.matchResources.resourceRules.operations: ${supported}`,
  ]);
});
