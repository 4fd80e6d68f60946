/** Who each built-in controller is to the API server: upstream's service accounts of kube-system (--use-service-account-credentials). */
import { serviceAccountGroups, serviceAccountUsername } from '#apiserver/auth/authn/user.ts';
import type { UserInfo } from '#apiserver/identity.ts';
import type { KubeObject } from '#machinery/object.ts';

const namespace = 'kube-system';

/** Accounts by the names of our controllers. Each has the role system:controller:ACCOUNT. */
export const controllerAccounts: Readonly<Record<string, string>> = {
  'bootstrap-signer': 'bootstrap-signer',
  'clusterrole-aggregation': 'clusterrole-aggregation-controller',
  cronjob: 'cronjob-controller',
  csrapproving: 'certificate-controller',
  csrcleaner: 'certificate-controller',
  csrsigning: 'certificate-controller',
  daemonset: 'daemon-set-controller',
  deployment: 'deployment-controller',
  'device-taint-eviction': 'device-taint-eviction-controller',
  disruption: 'disruption-controller',
  endpoints: 'endpoint-controller',
  endpointslice: 'endpointslice-controller',
  endpointslicemirroring: 'endpointslicemirroring-controller',
  'ephemeral-volume': 'ephemeral-volume-controller',
  'garbage-collector': 'generic-garbage-collector',
  'horizontal-pod-autoscaler': 'horizontal-pod-autoscaler',
  job: 'job-controller',
  'legacy-serviceaccount-token-cleaner': 'legacy-service-account-token-cleaner',
  namespace: 'namespace-controller',
  'node-ipam': 'node-controller',
  'node-lifecycle': 'node-controller',
  'persistentvolume-attach-detach': 'attachdetach-controller',
  'persistentvolume-binder': 'persistent-volume-binder',
  'persistentvolume-expander': 'expand-controller',
  'pod-garbage-collector': 'pod-garbage-collector',
  'pv-protection': 'pv-protection-controller',
  'pvc-protection': 'pvc-protection-controller',
  replicaset: 'replicaset-controller',
  replicationcontroller: 'replication-controller',
  resourceclaim: 'resource-claim-controller',
  resourcequota: 'resourcequota-controller',
  'root-ca-certificate-publisher': 'root-ca-cert-publisher',
  'service-cidr': 'service-cidrs-controller',
  serviceaccount: 'service-account-controller',
  statefulset: 'statefulset-controller',
  'taint-eviction-controller': 'node-controller',
  'token-cleaner': 'token-cleaner',
  ttl: 'ttl-controller',
  'ttl-after-finished': 'ttl-after-finished-controller',
  'volumeattributesclass-protection': 'volumeattributesclass-protection-controller',
};

/** The rest of the controller manager: what makes accounts' tokens cannot stand on one. */
const managerUser: UserInfo = {
  name: 'system:kube-controller-manager',
  groups: ['system:authenticated'],
};

/** The accounts themselves, for whoever looks for them: in this process nobody needs their tokens. */
export function controllerAccountObjects(): KubeObject[] {
  return [...new Set(Object.values(controllerAccounts))].map(name => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace, name },
  }));
}

/** Whom a controller acts as. */
export function controllerUser(controller: string): UserInfo {
  const account = controllerAccounts[controller];
  if (account === undefined) return managerUser;
  return {
    name: serviceAccountUsername(namespace, account),
    groups: [...serviceAccountGroups(namespace), 'system:authenticated'],
  };
}
