import type { Subject } from '#api/generated/types/rbac.v1.ts';

const apiGroup = 'rbac.authorization.k8s.io';

const users = (...names: string[]): Subject[] => names.map(name => ({ kind: 'User', apiGroup, name }));
const groups = (...names: string[]): Subject[] => names.map(name => ({ kind: 'Group', apiGroup, name }));
/** Of kube-system. */
export const accounts = (...names: string[]): Subject[] =>
  names.map(name => ({ kind: 'ServiceAccount', name, namespace: 'kube-system' }));

/** Who has which cluster role, by the role's name, which is the binding's too. */
export const clusterBindings: Readonly<Record<string, readonly Subject[]>> = {
  'cluster-admin': groups('system:masters'),
  'system:basic-user': groups('system:authenticated'),
  'system:discovery': groups('system:authenticated'),
  'system:kube-controller-manager': users('system:kube-controller-manager'),
  'system:kube-dns': accounts('kube-dns'),
  'system:kube-scheduler': users('system:kube-scheduler'),
  'system:monitoring': groups('system:monitoring'),
  // The Node authorizer does it; the binding is there, without subjects, for clusters that add some.
  'system:node': [],
  'system:node-proxier': users('system:kube-proxy'),
  'system:public-info-viewer': groups('system:authenticated', 'system:unauthenticated'),
  'system:service-account-issuer-discovery': groups('system:serviceaccounts'),
  'system:volume-scheduler': users('system:kube-scheduler'),
};

/** kubeadm's administrators: unlike system:masters, this group can be taken away from them. */
export const adminBinding = {
  name: 'kubeadm:cluster-admins',
  role: 'cluster-admin',
  subjects: groups('kubeadm:cluster-admins'),
};

export interface NamespaceBinding {
  readonly namespace: string;
  readonly name: string;
  readonly role: string;
  readonly subjects: readonly Subject[];
}

function bindingOf(
  namespace: string,
  role: string,
  subjects: readonly Subject[],
  name = role,
): NamespaceBinding {
  return { namespace, name, role, subjects };
}

export const namespaceBindings: readonly NamespaceBinding[] = [
  bindingOf('kube-public', 'system:controller:bootstrap-signer', accounts('bootstrap-signer')),
  bindingOf(
    'kube-system',
    'extension-apiserver-authentication-reader',
    users('system:kube-controller-manager', 'system:kube-scheduler'),
    'system::extension-apiserver-authentication-reader',
  ),
  bindingOf('kube-system', 'system::leader-locking-kube-controller-manager', [
    ...users('system:kube-controller-manager'),
    ...accounts('kube-controller-manager', 'leader-election-controller'),
  ]),
  bindingOf('kube-system', 'system::leader-locking-kube-scheduler', [
    ...users('system:kube-scheduler'),
    ...accounts('kube-scheduler'),
  ]),
  bindingOf('kube-system', 'system:controller:bootstrap-signer', accounts('bootstrap-signer')),
  bindingOf('kube-system', 'system:controller:cloud-provider', accounts('cloud-provider')),
  bindingOf('kube-system', 'system:controller:token-cleaner', accounts('token-cleaner')),
];
