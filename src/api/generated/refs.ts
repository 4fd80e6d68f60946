// Written by tools/generate-api. Do not edit.
import type { ResourceRef } from '#machinery/object.ts';
import type * as admissionregistration_v1 from './types/admissionregistration.v1.ts';
import type * as apiextensions_v1 from './types/apiextensions.v1.ts';
import type * as apiregistration_v1 from './types/apiregistration.v1.ts';
import type * as apps_v1 from './types/apps.v1.ts';
import type * as authentication_v1 from './types/authentication.v1.ts';
import type * as authorization_v1 from './types/authorization.v1.ts';
import type * as autoscaling_v1 from './types/autoscaling.v1.ts';
import type * as autoscaling_v2 from './types/autoscaling.v2.ts';
import type * as batch_v1 from './types/batch.v1.ts';
import type * as certificates_v1 from './types/certificates.v1.ts';
import type * as coordination_v1 from './types/coordination.v1.ts';
import type * as core_v1 from './types/core.v1.ts';
import type * as discovery_v1 from './types/discovery.v1.ts';
import type * as events_v1 from './types/events.v1.ts';
import type * as flowcontrol_v1 from './types/flowcontrol.v1.ts';
import type * as networking_v1 from './types/networking.v1.ts';
import type * as node_v1 from './types/node.v1.ts';
import type * as policy_v1 from './types/policy.v1.ts';
import type * as rbac_v1 from './types/rbac.v1.ts';
import type * as resource_v1 from './types/resource.v1.ts';
import type * as scheduling_v1 from './types/scheduling.v1.ts';
import type * as storage_v1 from './types/storage.v1.ts';

export const apiServices: ResourceRef<apiregistration_v1.APIService> = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  resource: 'apiservices',
  kind: 'APIService',
  namespaced: false,
};

export const certificateSigningRequests: ResourceRef<certificates_v1.CertificateSigningRequest> = {
  group: 'certificates.k8s.io',
  version: 'v1',
  resource: 'certificatesigningrequests',
  kind: 'CertificateSigningRequest',
  namespaced: false,
};

export const clusterRoleBindings: ResourceRef<rbac_v1.ClusterRoleBinding> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource: 'clusterrolebindings',
  kind: 'ClusterRoleBinding',
  namespaced: false,
};

export const clusterRoles: ResourceRef<rbac_v1.ClusterRole> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
};

export const componentStatuses: ResourceRef<core_v1.ComponentStatus> = {
  group: '',
  version: 'v1',
  resource: 'componentstatuses',
  kind: 'ComponentStatus',
  namespaced: false,
};

export const configMaps: ResourceRef<core_v1.ConfigMap> = {
  group: '',
  version: 'v1',
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};

export const controllerRevisions: ResourceRef<apps_v1.ControllerRevision> = {
  group: 'apps',
  version: 'v1',
  resource: 'controllerrevisions',
  kind: 'ControllerRevision',
  namespaced: true,
};

export const cronJobs: ResourceRef<batch_v1.CronJob> = {
  group: 'batch',
  version: 'v1',
  resource: 'cronjobs',
  kind: 'CronJob',
  namespaced: true,
};

export const csiDrivers: ResourceRef<storage_v1.CSIDriver> = {
  group: 'storage.k8s.io',
  version: 'v1',
  resource: 'csidrivers',
  kind: 'CSIDriver',
  namespaced: false,
};

export const csiNodes: ResourceRef<storage_v1.CSINode> = {
  group: 'storage.k8s.io',
  version: 'v1',
  resource: 'csinodes',
  kind: 'CSINode',
  namespaced: false,
};

export const csiStorageCapacities: ResourceRef<storage_v1.CSIStorageCapacity> = {
  group: 'storage.k8s.io',
  version: 'v1',
  resource: 'csistoragecapacities',
  kind: 'CSIStorageCapacity',
  namespaced: true,
};

export const customResourceDefinitions: ResourceRef<apiextensions_v1.CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

export const daemonSets: ResourceRef<apps_v1.DaemonSet> = {
  group: 'apps',
  version: 'v1',
  resource: 'daemonsets',
  kind: 'DaemonSet',
  namespaced: true,
};

export const deployments: ResourceRef<apps_v1.Deployment> = {
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  kind: 'Deployment',
  namespaced: true,
};

export const deviceClasses: ResourceRef<resource_v1.DeviceClass> = {
  group: 'resource.k8s.io',
  version: 'v1',
  resource: 'deviceclasses',
  kind: 'DeviceClass',
  namespaced: false,
};

export const endpointSlices: ResourceRef<discovery_v1.EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  resource: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
};

export const endpoints: ResourceRef<core_v1.Endpoints> = {
  group: '',
  version: 'v1',
  resource: 'endpoints',
  kind: 'Endpoints',
  namespaced: true,
};

export const events: ResourceRef<core_v1.Event> = {
  group: '',
  version: 'v1',
  resource: 'events',
  kind: 'Event',
  namespaced: true,
};

export const eventsV1: ResourceRef<events_v1.Event> = {
  group: 'events.k8s.io',
  version: 'v1',
  resource: 'events',
  kind: 'Event',
  namespaced: true,
};

export const flowSchemas: ResourceRef<flowcontrol_v1.FlowSchema> = {
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  resource: 'flowschemas',
  kind: 'FlowSchema',
  namespaced: false,
};

export const horizontalPodAutoscalers: ResourceRef<autoscaling_v2.HorizontalPodAutoscaler> = {
  group: 'autoscaling',
  version: 'v2',
  resource: 'horizontalpodautoscalers',
  kind: 'HorizontalPodAutoscaler',
  namespaced: true,
};

export const horizontalPodAutoscalersV1: ResourceRef<autoscaling_v1.HorizontalPodAutoscaler> = {
  group: 'autoscaling',
  version: 'v1',
  resource: 'horizontalpodautoscalers',
  kind: 'HorizontalPodAutoscaler',
  namespaced: true,
};

export const ingressClasses: ResourceRef<networking_v1.IngressClass> = {
  group: 'networking.k8s.io',
  version: 'v1',
  resource: 'ingressclasses',
  kind: 'IngressClass',
  namespaced: false,
};

export const ingresses: ResourceRef<networking_v1.Ingress> = {
  group: 'networking.k8s.io',
  version: 'v1',
  resource: 'ingresses',
  kind: 'Ingress',
  namespaced: true,
};

export const ipAddresses: ResourceRef<networking_v1.IPAddress> = {
  group: 'networking.k8s.io',
  version: 'v1',
  resource: 'ipaddresses',
  kind: 'IPAddress',
  namespaced: false,
};

export const jobs: ResourceRef<batch_v1.Job> = {
  group: 'batch',
  version: 'v1',
  resource: 'jobs',
  kind: 'Job',
  namespaced: true,
};

export const leases: ResourceRef<coordination_v1.Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  resource: 'leases',
  kind: 'Lease',
  namespaced: true,
};

export const limitRanges: ResourceRef<core_v1.LimitRange> = {
  group: '',
  version: 'v1',
  resource: 'limitranges',
  kind: 'LimitRange',
  namespaced: true,
};

export const localSubjectAccessReviews: ResourceRef<authorization_v1.LocalSubjectAccessReview> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'localsubjectaccessreviews',
  kind: 'LocalSubjectAccessReview',
  namespaced: true,
};

export const mutatingAdmissionPolicies: ResourceRef<admissionregistration_v1.MutatingAdmissionPolicy> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'mutatingadmissionpolicies',
  kind: 'MutatingAdmissionPolicy',
  namespaced: false,
};

export const mutatingAdmissionPolicyBindings: ResourceRef<admissionregistration_v1.MutatingAdmissionPolicyBinding> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'mutatingadmissionpolicybindings',
  kind: 'MutatingAdmissionPolicyBinding',
  namespaced: false,
};

export const mutatingWebhookConfigurations: ResourceRef<admissionregistration_v1.MutatingWebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'mutatingwebhookconfigurations',
  kind: 'MutatingWebhookConfiguration',
  namespaced: false,
};

export const namespaces: ResourceRef<core_v1.Namespace> = {
  group: '',
  version: 'v1',
  resource: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};

export const networkPolicies: ResourceRef<networking_v1.NetworkPolicy> = {
  group: 'networking.k8s.io',
  version: 'v1',
  resource: 'networkpolicies',
  kind: 'NetworkPolicy',
  namespaced: true,
};

export const nodes: ResourceRef<core_v1.Node> = {
  group: '',
  version: 'v1',
  resource: 'nodes',
  kind: 'Node',
  namespaced: false,
};

export const persistentVolumeClaims: ResourceRef<core_v1.PersistentVolumeClaim> = {
  group: '',
  version: 'v1',
  resource: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  namespaced: true,
};

export const persistentVolumes: ResourceRef<core_v1.PersistentVolume> = {
  group: '',
  version: 'v1',
  resource: 'persistentvolumes',
  kind: 'PersistentVolume',
  namespaced: false,
};

export const podDisruptionBudgets: ResourceRef<policy_v1.PodDisruptionBudget> = {
  group: 'policy',
  version: 'v1',
  resource: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
  namespaced: true,
};

export const podTemplates: ResourceRef<core_v1.PodTemplate> = {
  group: '',
  version: 'v1',
  resource: 'podtemplates',
  kind: 'PodTemplate',
  namespaced: true,
};

export const pods: ResourceRef<core_v1.Pod> = {
  group: '',
  version: 'v1',
  resource: 'pods',
  kind: 'Pod',
  namespaced: true,
};

export const priorityClasses: ResourceRef<scheduling_v1.PriorityClass> = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  resource: 'priorityclasses',
  kind: 'PriorityClass',
  namespaced: false,
};

export const priorityLevelConfigurations: ResourceRef<flowcontrol_v1.PriorityLevelConfiguration> = {
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  resource: 'prioritylevelconfigurations',
  kind: 'PriorityLevelConfiguration',
  namespaced: false,
};

export const replicaSets: ResourceRef<apps_v1.ReplicaSet> = {
  group: 'apps',
  version: 'v1',
  resource: 'replicasets',
  kind: 'ReplicaSet',
  namespaced: true,
};

export const replicationControllers: ResourceRef<core_v1.ReplicationController> = {
  group: '',
  version: 'v1',
  resource: 'replicationcontrollers',
  kind: 'ReplicationController',
  namespaced: true,
};

export const resourceClaimTemplates: ResourceRef<resource_v1.ResourceClaimTemplate> = {
  group: 'resource.k8s.io',
  version: 'v1',
  resource: 'resourceclaimtemplates',
  kind: 'ResourceClaimTemplate',
  namespaced: true,
};

export const resourceClaims: ResourceRef<resource_v1.ResourceClaim> = {
  group: 'resource.k8s.io',
  version: 'v1',
  resource: 'resourceclaims',
  kind: 'ResourceClaim',
  namespaced: true,
};

export const resourceQuotas: ResourceRef<core_v1.ResourceQuota> = {
  group: '',
  version: 'v1',
  resource: 'resourcequotas',
  kind: 'ResourceQuota',
  namespaced: true,
};

export const resourceSlices: ResourceRef<resource_v1.ResourceSlice> = {
  group: 'resource.k8s.io',
  version: 'v1',
  resource: 'resourceslices',
  kind: 'ResourceSlice',
  namespaced: false,
};

export const roleBindings: ResourceRef<rbac_v1.RoleBinding> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource: 'rolebindings',
  kind: 'RoleBinding',
  namespaced: true,
};

export const roles: ResourceRef<rbac_v1.Role> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource: 'roles',
  kind: 'Role',
  namespaced: true,
};

export const runtimeClasses: ResourceRef<node_v1.RuntimeClass> = {
  group: 'node.k8s.io',
  version: 'v1',
  resource: 'runtimeclasses',
  kind: 'RuntimeClass',
  namespaced: false,
};

export const secrets: ResourceRef<core_v1.Secret> = {
  group: '',
  version: 'v1',
  resource: 'secrets',
  kind: 'Secret',
  namespaced: true,
};

export const selfSubjectAccessReviews: ResourceRef<authorization_v1.SelfSubjectAccessReview> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'selfsubjectaccessreviews',
  kind: 'SelfSubjectAccessReview',
  namespaced: false,
};

export const selfSubjectReviews: ResourceRef<authentication_v1.SelfSubjectReview> = {
  group: 'authentication.k8s.io',
  version: 'v1',
  resource: 'selfsubjectreviews',
  kind: 'SelfSubjectReview',
  namespaced: false,
};

export const selfSubjectRulesReviews: ResourceRef<authorization_v1.SelfSubjectRulesReview> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'selfsubjectrulesreviews',
  kind: 'SelfSubjectRulesReview',
  namespaced: false,
};

export const serviceAccounts: ResourceRef<core_v1.ServiceAccount> = {
  group: '',
  version: 'v1',
  resource: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
};

export const serviceCIDRs: ResourceRef<networking_v1.ServiceCIDR> = {
  group: 'networking.k8s.io',
  version: 'v1',
  resource: 'servicecidrs',
  kind: 'ServiceCIDR',
  namespaced: false,
};

export const services: ResourceRef<core_v1.Service> = {
  group: '',
  version: 'v1',
  resource: 'services',
  kind: 'Service',
  namespaced: true,
};

export const statefulSets: ResourceRef<apps_v1.StatefulSet> = {
  group: 'apps',
  version: 'v1',
  resource: 'statefulsets',
  kind: 'StatefulSet',
  namespaced: true,
};

export const storageClasses: ResourceRef<storage_v1.StorageClass> = {
  group: 'storage.k8s.io',
  version: 'v1',
  resource: 'storageclasses',
  kind: 'StorageClass',
  namespaced: false,
};

export const subjectAccessReviews: ResourceRef<authorization_v1.SubjectAccessReview> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
  namespaced: false,
};

export const tokenReviews: ResourceRef<authentication_v1.TokenReview> = {
  group: 'authentication.k8s.io',
  version: 'v1',
  resource: 'tokenreviews',
  kind: 'TokenReview',
  namespaced: false,
};

export const validatingAdmissionPolicies: ResourceRef<admissionregistration_v1.ValidatingAdmissionPolicy> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'validatingadmissionpolicies',
  kind: 'ValidatingAdmissionPolicy',
  namespaced: false,
};

export const validatingAdmissionPolicyBindings: ResourceRef<admissionregistration_v1.ValidatingAdmissionPolicyBinding> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'validatingadmissionpolicybindings',
  kind: 'ValidatingAdmissionPolicyBinding',
  namespaced: false,
};

export const validatingWebhookConfigurations: ResourceRef<admissionregistration_v1.ValidatingWebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'validatingwebhookconfigurations',
  kind: 'ValidatingWebhookConfiguration',
  namespaced: false,
};

export const volumeAttachments: ResourceRef<storage_v1.VolumeAttachment> = {
  group: 'storage.k8s.io',
  version: 'v1',
  resource: 'volumeattachments',
  kind: 'VolumeAttachment',
  namespaced: false,
};

export const volumeAttributesClasses: ResourceRef<storage_v1.VolumeAttributesClass> = {
  group: 'storage.k8s.io',
  version: 'v1',
  resource: 'volumeattributesclasses',
  kind: 'VolumeAttributesClass',
  namespaced: false,
};
