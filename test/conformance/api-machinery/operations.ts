import assert from 'node:assert/strict';
import { checkOperations } from '../operations.ts';
import { row } from '../row.ts';

const condition = {
  type: 'Dangling',
  status: 'False',
  reason: 'Found',
  message: 'm',
  lastTransitionTime: '2030-01-01T00:00:00.000Z',
};

export const operationRows = [
  row('API priority and fairness should support FlowSchema API operations', t =>
    checkOperations(t, {
      resource: t.api.flowSchemas,
      make: name => ({
        metadata: { name },
        spec: {
          matchingPrecedence: 10_000,
          priorityLevelConfiguration: { name: 'global-default' },
          distinguisherMethod: { type: 'ByUser' },
          rules: [
            {
              subjects: [{ kind: 'User', user: { name: 'example-e2e-non-existent-user' } }],
              nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
            },
          ],
        },
      }),
      // Dangling, the one that the server keeps, would be set right at once.
      status: { conditions: [{ ...condition, type: 'Custom' }] },
      statusKeepsMetadata: true,
      subresources: ['status'],
    }),
  ),

  row('API priority and fairness should support PriorityLevelConfiguration API operations', t =>
    checkOperations(t, {
      resource: t.api.priorityLevels,
      make: name => ({
        metadata: { name },
        spec: {
          type: 'Limited',
          limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } },
        },
      }),
      status: { conditions: [{ ...condition, type: 'Custom' }] },
      statusKeepsMetadata: true,
      subresources: ['status'],
    }),
  ),

  row('ValidatingAdmissionPolicy should support ValidatingAdmissionPolicy API operations', t =>
    checkOperations(t, {
      resource: t.api.policies,
      make: name => ({
        metadata: { name },
        spec: {
          matchConstraints: {
            resourceRules: [
              {
                apiGroups: ['apps'],
                apiVersions: ['v1'],
                operations: ['CREATE'],
                resources: ['deployments'],
              },
            ],
            namespaceSelector: { matchLabels: { nobody: t.id } },
          },
          validations: [{ expression: 'object.spec.replicas <= 100' }],
        },
      }),
      status: { conditions: [{ ...condition, type: 'Custom' }] },
      statusKeepsMetadata: true,
      subresources: ['status'],
    }),
  ),

  row('ValidatingAdmissionPolicy should support ValidatingAdmissionPolicyBinding API operations', t =>
    checkOperations(t, {
      resource: t.api.bindings,
      make: name => ({
        metadata: { name },
        spec: { policyName: 'nobody', validationActions: ['Deny'] },
      }),
    }),
  ),

  ...(['validating', 'mutating'] as const).map(type =>
    row(
      `AdmissionWebhook should be able to create and update ${type} webhook configurations with match conditions`,
      async t => {
        const path = `/apis/admissionregistration.k8s.io/v1/${type}webhookconfigurations`;
        const name = t.name(type);
        const kind =
          type === 'validating' ? 'ValidatingWebhookConfiguration' : 'MutatingWebhookConfiguration';
        const body = (matchConditions: readonly unknown[], resourceVersion?: string) =>
          JSON.stringify({
            apiVersion: 'admissionregistration.k8s.io/v1',
            kind,
            metadata: { name, ...(resourceVersion ? { resourceVersion } : {}) },
            webhooks: [
              {
                name: 'a.example.com',
                admissionReviewVersions: ['v1'],
                sideEffects: 'None',
                clientConfig: { url: 'https://127.0.0.1:1' },
                namespaceSelector: { matchLabels: { nobody: t.id } },
                rules: [
                  { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
                ],
                matchConditions,
              },
            ],
          });
        const headers = { 'content-type': 'application/json' };
        type Configuration = {
          metadata: { resourceVersion: string };
          webhooks: { matchConditions: unknown[] }[];
        };
        const first = [{ name: 'expression-1', expression: "object.metadata.namespace == 'production'" }];
        const made = await t.raw({ method: 'POST', path, headers, body: body(first) });
        t.defer(() => t.raw({ method: 'DELETE', path: `${path}/${name}` }));
        assert.equal(made.status, 201, made.text);
        const created = made.json<Configuration>();
        assert.deepEqual(created.webhooks[0]!.matchConditions, first);
        const second = [
          ...first,
          { name: 'expression-2', expression: "object.metadata.namespace == 'staging'" },
        ];
        const text = body(second, created.metadata.resourceVersion);
        const updated = await t.raw({ method: 'PUT', path: `${path}/${name}`, headers, body: text });
        assert.equal(updated.status, 200, updated.text);
        const read = (await t.raw({ path: `${path}/${name}` })).json<Configuration>();
        assert.deepEqual(read.webhooks[0]!.matchConditions, second);
      },
    ),
  ),
];
