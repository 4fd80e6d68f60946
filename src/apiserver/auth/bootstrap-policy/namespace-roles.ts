import type { PolicyRule } from '#api/generated/types/rbac.v1.ts';
import { eventsRule, rule } from './rule.ts';

export interface NamespaceRole {
  readonly namespace: string;
  readonly name: string;
  readonly rules: readonly PolicyRule[];
}

const leaderLocking = ['leases', 'leasecandidates'].map(resource =>
  rule('create get list update watch', 'coordination.k8s.io', resource),
);

/** Roles of kube-system and kube-public. */
export const namespaceRoles: readonly NamespaceRole[] = [
  {
    namespace: 'kube-public',
    name: 'system:controller:bootstrap-signer',
    rules: [
      rule('READ', 'core', 'configmaps'),
      rule('update', 'core', 'configmaps', 'cluster-info'),
      eventsRule,
    ],
  },
  {
    namespace: 'kube-system',
    name: 'extension-apiserver-authentication-reader',
    rules: [rule('READ', 'core', 'configmaps', 'extension-apiserver-authentication')],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:bootstrap-signer',
    rules: [rule('READ', 'core', 'secrets')],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:cloud-provider',
    rules: [rule('create get list watch', 'core', 'configmaps')],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:token-cleaner',
    rules: [rule('delete get list watch', 'core', 'secrets'), eventsRule],
  },
  {
    namespace: 'kube-system',
    name: 'system::leader-locking-kube-controller-manager',
    rules: leaderLocking,
  },
  {
    namespace: 'kube-system',
    name: 'system::leader-locking-kube-scheduler',
    rules: leaderLocking,
  },
];
