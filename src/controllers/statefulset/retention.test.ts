import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatefulSet } from '#api/generated/types/apps.v1.ts';
import type { PersistentVolumeClaim, Pod } from '#api/generated/types/core.v1.ts';
import { isManagedElsewhere, ownersToSet } from './retention.ts';

const set = (whenScaled: string, whenDeleted: string, replicas = 1) =>
  ({
    metadata: { name: 'db', uid: 'set' },
    spec: { replicas, persistentVolumeClaimRetentionPolicy: { whenScaled, whenDeleted } },
  }) as unknown as StatefulSet;
const pod = { metadata: { name: 'db-0', uid: 'pod' } } as Pod;

/** 'KIND uid', with a star for the one that manages. */
const references = {
  'StatefulSet set': { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'set' },
  'StatefulSet old': { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'old' },
  'Pod pod': { apiVersion: 'v1', kind: 'Pod', name: 'db-0', uid: 'pod' },
  'Pod old': { apiVersion: 'v1', kind: 'Pod', name: 'db-0', uid: 'old' },
  'ConfigMap other': { apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid: 'other' },
};
const claimOf = (...owners: string[]) => {
  const ownerReferences = owners.map(owner => ({
    ...references[owner.replace('*', '') as keyof typeof references],
    ...(owner.endsWith('*') ? { controller: true } : {}),
  }));
  return { metadata: { name: 'data-db-0', ownerReferences } } as PersistentVolumeClaim;
};

test('a claim has the owner that the policy asks for, unless others manage it or did', () => {
  const deleting = set('Retain', 'Delete');
  const scaledDown = set('Delete', 'Delete', 0);
  const cases: [StatefulSet, string[], string | undefined, boolean][] = [
    [deleting, [], 'StatefulSet set*', false],
    [deleting, ['StatefulSet set*'], undefined, false],
    [deleting, ['StatefulSet set'], 'StatefulSet set*', false],
    [deleting, ['Pod pod*'], 'StatefulSet set*', false],
    [deleting, ['ConfigMap other'], 'ConfigMap other,StatefulSet set*', false],
    [deleting, ['ConfigMap other*'], undefined, true],
    [deleting, ['ConfigMap other*', 'StatefulSet set'], 'ConfigMap other*', true],
    [deleting, ['StatefulSet old*'], undefined, true],
    [scaledDown, ['StatefulSet set*'], 'Pod pod*', false],
    [scaledDown, ['Pod old*'], undefined, true],
    [set('Retain', 'Retain'), ['StatefulSet set*'], '', false],
    [set('Retain', 'Retain'), ['ConfigMap other*'], undefined, false],
  ];
  for (const [owner, before, after, isElsewhere] of cases) {
    const claim = claimOf(...before);
    const wanted = ownersToSet(owner, pod, claim)?.map(
      ({ kind, uid, controller }) => `${kind} ${uid}${controller ? '*' : ''}`,
    );
    assert.deepEqual(
      [wanted?.join(), isManagedElsewhere(owner, pod, claim)],
      [after, isElsewhere],
      `${before}`,
    );
  }
});
