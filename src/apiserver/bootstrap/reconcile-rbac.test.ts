import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#machinery/object.ts';
import { bootstrapRbac } from '../auth/bootstrap-policy/bootstrap-rbac.ts';
import { reconciledRbac } from './reconcile-rbac.ts';

interface Role extends KubeObject {
  rules: { verbs: string[]; apiGroups?: string[]; resources?: string[] }[];
}

const find = (name: string) => {
  const found = bootstrapRbac().find(o => o.kind === 'ClusterRole' && o.metadata.name === name);
  assert.ok(found);
  return found as Role;
};

test('defaults that are as they should be are not written', () => {
  for (const object of bootstrapRbac()) {
    assert.equal(reconciledRbac(object, structuredClone(object)), undefined, object.metadata.name ?? '');
  }
});

test('a default role gets back what it lacks, and keeps what was added to it', () => {
  const wanted = find('system:kube-scheduler');
  const added = { verbs: ['get'], apiGroups: ['x'], resources: ['y'] };
  const existing = structuredClone(wanted);
  existing.rules = [added, ...existing.rules.slice(1)];
  const next = reconciledRbac(existing, wanted) as Role;
  assert.deepEqual(next.rules[0], added);
  assert.equal(reconciledRbac(next, wanted), undefined);
});

test('a role that its owner keeps is left alone, and so is what is no RBAC', () => {
  const wanted = find('system:kube-scheduler');
  const existing = { ...structuredClone(wanted), rules: [] };
  existing.metadata.annotations!['rbac.authorization.kubernetes.io/autoupdate'] = 'false';
  assert.equal(reconciledRbac(existing, wanted), undefined);
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };
  const labelled = { ...namespace, metadata: { name: 'default', labels: { a: 'b' } } };
  assert.equal(reconciledRbac(namespace, labelled), undefined);
});
