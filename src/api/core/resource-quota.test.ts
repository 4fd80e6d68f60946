import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  ResourceQuota,
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from '../generated/types/core.v1.ts';
import { createErrors } from '../testing.ts';
import { resourceQuotaResource } from './resource-quota.ts';

function errorsOf(spec: ResourceQuotaSpec): string[] {
  const metadata = { name: 'q', namespace: 'default' };
  const quota: ResourceQuota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec };
  return createErrors(resourceQuotaResource, quota);
}

const selecting = (requirement: ScopedResourceSelectorRequirement, hard = { pods: '1' }) =>
  errorsOf({ hard, scopeSelector: { matchExpressions: [requirement] } });

test('a scope limits what it is about, and what quotas do not know by name', () => {
  const hard = { pods: '1', 'example.com/dongle': '1', 'count/jobs.batch': '1' };
  assert.deepEqual(errorsOf({ hard, scopes: ['BestEffort'] }), []);
  assert.deepEqual(errorsOf({ hard: { cpu: '1' }, scopes: ['NotBestEffort'] }), []);
  assert.deepEqual(errorsOf({ hard: { cpu: '1' }, scopes: ['BestEffort'] }), [
    'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
  ]);
  assert.deepEqual(
    errorsOf({ hard: { services: '1', 'hugepages-2Mi': '2Mi' }, scopes: ['Terminating'] }).length,
    2,
  );
});

test('a scope selector says what its scope can tell', () => {
  const at = 'spec.scopeSelector.matchExpressions';
  assert.deepEqual(selecting({ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }), []);
  assert.deepEqual(selecting({ scopeName: 'Terminating', operator: 'Exists' }), []);
  const storage = { 'requests.storage': '1Gi' };
  assert.deepEqual(
    selecting({ scopeName: 'VolumeAttributesClass', operator: 'Exists' }, storage as never),
    [],
  );
  assert.match(
    selecting({ scopeName: 'PriorityClass', operator: 'Exists' }, storage as never)[0]!,
    /^spec\.scopeSelector\.matchExpressions: Invalid value: \{"MatchExpressions":\[\{"ScopeName":"PriorityClass","Operator":"Exists","Values":null\}\]\}: unsupported scope applied to resource$/,
  );
  assert.deepEqual(selecting({ scopeName: 'PriorityClass', operator: 'In' }), [
    `${at}.values: Required value: must be at least one value when \`operator\` is 'In' or 'NotIn' for scope selector`,
  ]);
  assert.deepEqual(selecting({ scopeName: 'PriorityClass', operator: 'Exists', values: ['a'] }), [
    `${at}.values: Invalid value: ["a"]: must be no value when \`operator\` is 'Exist' or 'DoesNotExist' for scope selector`,
  ]);
  assert.deepEqual(selecting({ scopeName: 'Terminating', operator: 'In', values: ['a'] }), [
    `${at}.operator: Invalid value: "In": must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity`,
  ]);
  assert.deepEqual(selecting({ scopeName: 'PriorityClass', operator: 'Like' }), [
    `${at}.operator: Invalid value: "Like": not a valid selector operator`,
  ]);
  assert.deepEqual(selecting({ scopeName: 'Weather', operator: 'Exists' }), [
    `${at}.scopeName: Invalid value: "Weather": unsupported scope`,
  ]);
});

test('names without a domain are those that quotas know', () => {
  assert.deepEqual(errorsOf({ hard: { storage: '1' } }), [
    'spec.hard[storage]: Invalid value: "storage": must be a standard resource for quota',
  ]);
});
