import type { PolicyRule } from '#api/generated/types/rbac.v1.ts';
import { nodeRules } from './node-rules.ts';
import { eventsRule, rule } from './rule.ts';

const signers = (verb: string, name: string) => [rule(verb, 'certificates.k8s.io', 'signers', name)];

/** Roles for the components of the control plane, the nodes, and what is usually installed beside them. */
export const componentRoles: Readonly<Record<string, readonly PolicyRule[]>> = {
  'system:auth-delegator': [
    rule('create', 'authentication.k8s.io', 'tokenreviews'),
    rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
  ],
  'system:certificates.k8s.io:certificatesigningrequests:nodeclient': [
    rule('create', 'certificates.k8s.io', 'certificatesigningrequests/nodeclient'),
  ],
  'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient': [
    rule('create', 'certificates.k8s.io', 'certificatesigningrequests/selfnodeclient'),
  ],
  'system:certificates.k8s.io:kube-apiserver-client-approver': signers(
    'approve',
    'kubernetes.io/kube-apiserver-client',
  ),
  'system:certificates.k8s.io:kube-apiserver-client-kubelet-approver': signers(
    'approve',
    'kubernetes.io/kube-apiserver-client-kubelet',
  ),
  'system:certificates.k8s.io:kubelet-serving-approver': signers('approve', 'kubernetes.io/kubelet-serving'),
  'system:certificates.k8s.io:legacy-unknown-approver': signers('approve', 'kubernetes.io/legacy-unknown'),
  'system:heapster': [
    rule('READ', 'core', 'events namespaces nodes pods'),
    rule('READ', 'extensions', 'deployments'),
  ],
  'system:kube-aggregator': [rule('READ', 'core', 'endpoints services')],
  'system:kube-controller-manager': [
    eventsRule,
    rule('create', 'coordination.k8s.io', 'leases'),
    rule('get update', 'coordination.k8s.io', 'leases', 'kube-controller-manager'),
    rule('create', 'core', 'secrets serviceaccounts'),
    rule('delete', 'core', 'secrets'),
    rule('get', 'core', 'configmaps namespaces secrets serviceaccounts'),
    rule('update', 'core', 'secrets serviceaccounts'),
    rule('create', 'authentication.k8s.io', 'tokenreviews'),
    rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    rule('list watch', '*', '*'),
    rule('create', 'core', 'serviceaccounts/token'),
  ],
  'system:kube-dns': [rule('list watch', 'core', 'endpoints services')],
  'system:kube-scheduler': [
    eventsRule,
    rule('create', 'coordination.k8s.io', 'leases'),
    rule('get list update watch', 'coordination.k8s.io', 'leases', 'kube-scheduler'),
    rule('READWRITE', 'coordination.k8s.io', 'leasecandidates'),
    rule('READ', 'core', 'nodes'),
    rule('delete get list watch', 'core', 'pods'),
    rule('create', 'core', 'bindings pods/binding'),
    rule('patch update', 'core', 'pods/status'),
    rule('READ', 'core', 'replicationcontrollers services'),
    rule('READ', 'apps extensions', 'replicasets'),
    rule('READ', 'apps', 'statefulsets'),
    rule('READ', 'policy', 'poddisruptionbudgets'),
    rule('READ', 'core', 'persistentvolumeclaims persistentvolumes'),
    rule('create', 'authentication.k8s.io', 'tokenreviews'),
    rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    rule('READ', 'storage.k8s.io', 'csinodes'),
    rule('READ', 'storage.k8s.io', 'volumeattachments'),
    rule('READ', 'core', 'namespaces'),
    rule('READ', 'storage.k8s.io', 'csidrivers'),
    rule('READ', 'storage.k8s.io', 'csistoragecapacities'),
    rule('READ', 'resource.k8s.io', 'deviceclasses'),
    rule('READUPDATE', 'resource.k8s.io', 'resourceclaims'),
    rule('READUPDATE', 'resource.k8s.io', 'resourceclaims/status'),
    rule('update', 'core', 'pods/finalizers'),
    rule('READ', 'resource.k8s.io', 'resourceslices'),
    rule('create delete', 'resource.k8s.io', 'resourceclaims'),
    rule('patch update', 'resource.k8s.io', 'resourceclaims/binding'),
  ],
  'system:kubelet-api-admin': [
    rule('READ', 'core', 'nodes'),
    rule('proxy', 'core', 'nodes'),
    rule('*', 'core', 'nodes/log nodes/metrics nodes/proxy nodes/stats'),
    rule('*', 'core', 'nodes/configz nodes/healthz nodes/pods'),
  ],
  'system:node': nodeRules,
  'system:node-bootstrapper': [
    rule('create get list watch', 'certificates.k8s.io', 'certificatesigningrequests'),
  ],
  'system:node-problem-detector': [
    rule('get', 'core', 'nodes'),
    rule('patch', 'core', 'nodes/status'),
    eventsRule,
  ],
  'system:node-proxier': [
    rule('list watch', 'core', 'endpoints services'),
    rule('READ', 'core', 'nodes'),
    eventsRule,
    rule('list watch', 'networking.k8s.io', 'servicecidrs'),
    rule('list watch', 'discovery.k8s.io', 'endpointslices'),
  ],
  'system:persistent-volume-provisioner': [
    rule('create delete get list watch', 'core', 'persistentvolumes'),
    rule('get list update watch', 'core', 'persistentvolumeclaims'),
    rule('READ', 'storage.k8s.io', 'storageclasses'),
    rule('watch', 'core', 'events'),
    eventsRule,
  ],
  'system:volume-scheduler': [
    rule('READUPDATE', 'core', 'persistentvolumes'),
    rule('READ', 'storage.k8s.io', 'storageclasses'),
    rule('READUPDATE', 'core', 'persistentvolumeclaims'),
  ],
};
