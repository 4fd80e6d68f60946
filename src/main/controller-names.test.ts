import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInControllers } from '#controllers/registry.ts';
import { noAuthority } from '#controllers/shared/certificate-requests.ts';
import { selectControllers, upstreamName } from './controller-names.ts';

const all = builtInControllers({ rootCa: '', authority: noAuthority, issueSecretToken: () => '' });
const namesOf = (...list: string[]) => selectControllers(all, list).enabled.map(upstreamName);

test('every controller goes by a name of upstream', () => {
  // Those of kube-controller-manager v1.36; one of ours that is not there is a misspelling.
  const upstream =
    /^(bootstrap-signer|certificatesigningrequest-(approving|cleaner|signing)|clusterrole-aggregation|cronjob|daemonset|deployment|device-taint-eviction|disruption|endpoints|endpointslice|endpointslice-mirroring|ephemeral-volume|garbage-collector|horizontal-pod-autoscaler|job|kube-apiserver-serving-clustertrustbundle-publisher|legacy-serviceaccount-token-cleaner|namespace|node-ipam|node-lifecycle|persistentvolume-(attach-detach|binder|expander|protection)|persistentvolumeclaim-protection|pod-garbage-collector|podcertificaterequest-cleaner|replicaset|replicationcontroller|resourceclaim|resourcequota|root-ca-certificate-publisher|service-cidr|serviceaccount|serviceaccount-token|statefulset|storage-version-migrator|storageversion-garbage-collector|taint-eviction|token-cleaner|ttl|ttl-after-finished|validatingadmissionpolicy-status|volumeattributesclass-protection)-controller$/;
  for (const controller of all) assert.match(upstreamName(controller), upstream);
});

test('a list says which are on: the first word about one counts', () => {
  const onByDefault = namesOf('*');
  assert.deepEqual(
    all.map(upstreamName).filter(name => !onByDefault.includes(name)),
    ['bootstrap-signer-controller', 'token-cleaner-controller'],
  );
  assert.ok(namesOf('*', 'tokencleaner').includes('token-cleaner-controller'));
  assert.deepEqual(namesOf('deployment-controller', 'replicaset'), [
    'deployment-controller',
    'replicaset-controller',
  ]);
  const most = namesOf('*', '-podgc', '-certificatesigningrequest-signing-controller');
  assert.equal(most.length, onByDefault.length - 2);
  assert.ok(!most.includes('pod-garbage-collector-controller'));
  assert.ok(namesOf('job', '-job', '*').includes('job-controller'));
  assert.ok(!namesOf('-job', 'job', '*').includes('job-controller'));
  assert.deepEqual(selectControllers([], ['-ttl', 'podgc']), {
    enabled: [],
    missing: ['pod-garbage-collector-controller'],
  });
  assert.throws(() => namesOf('*', '-nowhere'), {
    message: '"nowhere" is not in the list of known controllers',
  });
});
