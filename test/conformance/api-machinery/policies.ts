import type { V1ValidatingAdmissionPolicySpec } from '@kubernetes/client-node';
import { row } from '../row.ts';
import { refused, type Trial } from '../trial.ts';
import { deployment } from '../workloads.ts';

/** Binds a policy on new Deployments of the row's namespace. */
async function bind(t: Trial, spec: Partial<V1ValidatingAdmissionPolicySpec>): Promise<void> {
  const name = t.name('policy');
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': t.namespace } };
  await t.api.policies.create({
    metadata: { name },
    spec: {
      matchConstraints: {
        namespaceSelector,
        resourceRules: [
          { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] },
        ],
      },
      ...spec,
    },
  });
  t.defer(() => t.api.policies.delete(name));
  await t.api.bindings.create({
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'], matchResources: { namespaceSelector } },
  });
  t.defer(() => t.api.bindings.delete(name));
}

/** That two replicas are refused and one is not, once the policy is known. */
async function limitsReplicas(t: Trial, words: RegExp): Promise<void> {
  await t.until('the policy to be known', async () => {
    const name = `marker-${Date.now()}`;
    return t.api.deployments.create(deployment(name, 2)).then(
      () => false,
      () => true,
    );
  });
  await refused(t.api.deployments.create(deployment('many', 2)), 422, words);
  await t.api.deployments.create(deployment('one', 1));
}

export const policyRows = [
  row('ValidatingAdmissionPolicy should validate against a Deployment', async t => {
    await bind(t, {
      validations: [
        { expression: 'object.spec.replicas > 1 ? false : true', message: 'wants a single replica' },
        { expression: 'namespaceObject.metadata.name == object.metadata.namespace' },
      ],
    });
    await limitsReplicas(t, /wants a single replica/);
  }),

  row('ValidatingAdmissionPolicy should allow expressions to refer variables.', async t => {
    await bind(t, {
      variables: [
        { name: 'replicas', expression: 'object.spec.replicas' },
        { name: 'oddReplicas', expression: 'variables.replicas % 2 == 1' },
      ],
      validations: [
        { expression: 'variables.replicas > 1', messageExpression: '"few: " + string(variables.replicas)' },
        { expression: 'variables.oddReplicas', message: 'wants an odd number' },
      ],
    });
    await t.until('the policy to be known', async () => {
      const name = `marker-${Date.now()}`;
      return t.api.deployments.create(deployment(name, 2)).then(
        () => false,
        () => true,
      );
    });
    await refused(t.api.deployments.create(deployment('one', 1)), 422, /few: 1/);
    await refused(t.api.deployments.create(deployment('four', 4)), 422, /wants an odd number/);
    await t.api.deployments.create(deployment('three', 3));
  }),
];
