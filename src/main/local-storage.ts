/** Volumes in folders of the nodes' disks: who makes them, what that may do, and the class that asks for them. */
import type { StorageClass } from '#api/generated/types/storage.v1.ts';
import { serviceAccountGroups, serviceAccountUsername } from '#apiserver/auth/authn/user.ts';
import { eventsRule, rule } from '#apiserver/auth/bootstrap-policy/rule.ts';
import type { UserInfo } from '#apiserver/identity.ts';
import type { ApiServer } from '#apiserver/server.ts';
import { provisionerName } from '#kubelet/provisioner/refusal.ts';
import type { KubeObject } from '#machinery/object.ts';

const namespace = 'kube-system';
const account = 'local-path-provisioner';
const role = 'coxswain:local-path-provisioner';
const rbac = 'rbac.authorization.k8s.io';
const defaultAnnotation = 'storageclass.kubernetes.io/is-default-class';

/** What is there from the first moment on; the class only where no other is the default, or is to be by the user's manifests. */
export function localStorageObjects(server: ApiServer, manifests: readonly KubeObject[]): KubeObject[] {
  const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: role };
  const subjects = [{ kind: 'ServiceAccount', namespace, name: account }];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: account } },
    named(`${rbac}/v1`, 'ClusterRole', { rules }),
    named(`${rbac}/v1`, 'ClusterRoleBinding', { roleRef, subjects }),
    ...(hasDefaultClass(server) || manifests.some(isDefaultClass) ? [] : [standardClass]),
  ];
}

function named(apiVersion: string, kind: string, more: object): KubeObject {
  return { apiVersion, kind, metadata: { name: role }, ...more };
}

const rules = [
  rule('create delete get list update watch', 'core', 'persistentvolumes'),
  rule('get list update watch', 'core', 'persistentvolumeclaims'),
  rule('READ', 'core', 'nodes'),
  rule('READ', 'storage.k8s.io', 'storageclasses'),
  eventsRule,
];

const standardClass: StorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { [defaultAnnotation]: 'true' } },
  provisioner: provisionerName,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
};

function hasDefaultClass({ services }: ApiServer): boolean {
  const classes = services.catalog.find('storage.k8s.io', 'v1', 'storageclasses')!.cache;
  for (const { object } of classes.objects()) if (isDefaultClass(object)) return true;
  return false;
}

function isDefaultClass({ kind, metadata }: KubeObject): boolean {
  return kind === 'StorageClass' && metadata.annotations?.[defaultAnnotation] === 'true';
}

/** Whom provisioners act as. */
export const provisionerUser: UserInfo = {
  name: serviceAccountUsername(namespace, account),
  groups: [...serviceAccountGroups(namespace), 'system:authenticated'],
};
