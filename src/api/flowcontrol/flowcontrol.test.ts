import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  FlowSchema,
  FlowSchemaSpec,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
} from '../generated/types/flowcontrol.v1.ts';
import { fieldErrorText } from '#machinery/field.ts';
import { createErrors, testContext } from '../testing.ts';
import { flowControlDefaults } from '../flow-control-defaults.ts';
import { flowSchemaResource } from './flow-schema.ts';
import { priorityLevelConfigurationResource } from './priority-level-configuration.ts';

const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';

function schemaErrors(name: string, spec: Partial<FlowSchemaSpec>): string[] {
  const whole = { priorityLevelConfiguration: { name: 'l' }, matchingPrecedence: 5, ...spec };
  const object: FlowSchema = { apiVersion, kind: 'FlowSchema', metadata: { name }, spec: whole };
  return createErrors(flowSchemaResource, object);
}

function levelErrors(name: string, spec: PriorityLevelConfigurationSpec): string[] {
  const kind = 'PriorityLevelConfiguration';
  const object: PriorityLevelConfiguration = { apiVersion, kind, metadata: { name }, spec };
  return createErrors(priorityLevelConfigurationResource, object);
}

test('the defaults are valid', () => {
  for (const { kind, metadata, spec } of flowControlDefaults) {
    const errors =
      kind === 'FlowSchema'
        ? schemaErrors(metadata.name!, structuredClone(spec) as FlowSchemaSpec)
        : levelErrors(metadata.name!, structuredClone(spec) as PriorityLevelConfigurationSpec);
    assert.deepEqual(errors, [], `${kind} ${metadata.name}`);
  }
});

test('rules name subjects and what they do', () => {
  assert.deepEqual(schemaErrors('s', { matchingPrecedence: 1, rules: [{ subjects: [] }] }), [
    "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
    'spec.rules[0].subjects: Required value: subjects must contain at least one value',
    'spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
  ]);
  const subjects = [
    { kind: 'User' },
    { kind: 'Group', group: { name: 'g' }, user: { name: 'u' } },
    { kind: 'ServiceAccount', serviceAccount: { name: '*', namespace: '' } },
    { kind: 'Robot' },
  ];
  const resourceRules = [
    { verbs: ['*', 'get'], apiGroups: [], resources: ['pods'], namespaces: ['A'] },
    { verbs: ['fly'], apiGroups: [''], resources: ['*'] },
  ];
  const nonResourceRules = [{ verbs: ['get'], nonResourceURLs: ['a', '/a//b', '/a*', '/ok/*'] }];
  assert.deepEqual(schemaErrors('s', { rules: [{ subjects, resourceRules, nonResourceRules }] }), [
    "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
    "spec.rules[0].subjects[1].user: Forbidden: user is forbidden when subject kind is not 'User'",
    'spec.rules[0].subjects[2].serviceAccount.namespace: Required value: must specify namespace for service account',
    'spec.rules[0].subjects[3].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"',
    'spec.rules[0].resourceRules[0].verbs: Invalid value: ["*","get"]: if \'*\' is present, must not specify other verbs',
    'spec.rules[0].resourceRules[0].apiGroups: Required value: resource rules must supply at least one api group',
    "spec.rules[0].resourceRules[0].namespaces[0]: Invalid value: \"A\": each member of this list must be '*' or a DNS-1123 label; a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    'spec.rules[0].resourceRules[1].verbs: Unsupported value: ["fly"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
    'spec.rules[0].resourceRules[1].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace',
    'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "a": must start with slash',
    'spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: "/a//b": must not contain double slash',
    'spec.rules[0].nonResourceRules[0].nonResourceURLs[2]: Invalid value: "/a*": wildcard can only do suffix matching',
  ]);
});

test('levels have queues that a hand can be dealt from', () => {
  const limited = (queuing: object, more: object = {}) => ({
    type: 'Limited',
    limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Queue', queuing }, ...more },
  });
  assert.deepEqual(
    levelErrors('l', limited({ queues: 4, handSize: 5, queueLengthLimit: -1 }, { lendablePercent: 101 })),
    [
      'spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
      'spec.limited.limitResponse.queuing.queueLengthLimit: Invalid value: -1: must be positive',
      'spec.limited.limitResponse.queuing.handSize: Invalid value: 5: should not be greater than queues (4)',
    ],
  );
  assert.deepEqual(levelErrors('l', limited({ queues: 512, handSize: 8, queueLengthLimit: 1 })), [
    'spec.limited.limitResponse.queuing.handSize: Invalid value: 8: required entropy bits of deckSize 512 and handSize 8 should not be greater than 60',
  ]);
  assert.deepEqual(levelErrors('l', { type: 'Exempt' }), [
    "spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'",
  ]);
});

test('mandatory objects are as they are, but for the shares of the exempt level', () => {
  const [error] = schemaErrors('catch-all', { matchingPrecedence: 9 });
  assert.match(
    error!,
    /^spec: Invalid value: \{"PriorityLevelConfiguration":.*,"MatchingPrecedence":9,.*\}: spec of 'catch-all' must equal the fixed value$/,
  );
  const exempt = { nominalConcurrencyShares: 10, lendablePercent: 50 };
  assert.deepEqual(levelErrors('exempt', { type: 'Exempt', exempt }), []);
});

test('conditions have types, each once', () => {
  const conditions = [{ type: 'Dangling' }, { type: 'Dangling' }, {}];
  const object: FlowSchema = {
    apiVersion,
    kind: 'FlowSchema',
    metadata: { name: 's' },
    status: { conditions },
  };
  const { validateStatusUpdate } = flowSchemaResource.strategy;
  assert.deepEqual(validateStatusUpdate!(object, object, testContext()).map(fieldErrorText), [
    'status.conditions[1].type: Duplicate value: "Dangling"',
    'status.conditions[2].type: Required value',
  ]);
});
