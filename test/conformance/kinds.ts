import * as k8s from '@kubernetes/client-node';
import { clusterKind, type Kind, namespacedKind, type Resource } from './resource.ts';

const {
  AdmissionregistrationV1Api,
  ApiextensionsV1Api,
  AppsV1Api,
  BatchV1Api,
  CertificatesV1Api,
  CoordinationV1Api,
} = k8s;
const { CoreV1Api, DiscoveryV1Api, EventsV1Api, FlowcontrolApiserverV1Api, NetworkingV1Api } = k8s;
const { NodeV1Api, PolicyV1Api, RbacAuthorizationV1Api, SchedulingV1Api, StorageV1Api } = k8s;

/** The kinds that rows use. */
export const kinds = {
  bindings: clusterKind<k8s.V1ValidatingAdmissionPolicyBinding>(
    AdmissionregistrationV1Api,
    'admissionregistration.k8s.io/v1',
    'ValidatingAdmissionPolicyBinding',
  ),
  certificateSigningRequests: clusterKind<k8s.V1CertificateSigningRequest>(
    CertificatesV1Api,
    'certificates.k8s.io/v1',
    'CertificateSigningRequest',
  ),
  configMaps: namespacedKind<k8s.V1ConfigMap>(CoreV1Api, 'v1', 'ConfigMap'),
  controllerRevisions: namespacedKind<k8s.V1ControllerRevision>(AppsV1Api, 'apps/v1', 'ControllerRevision'),
  cronJobs: namespacedKind<k8s.V1CronJob>(BatchV1Api, 'batch/v1', 'CronJob'),
  csiDrivers: clusterKind<k8s.V1CSIDriver>(StorageV1Api, 'storage.k8s.io/v1', 'CSIDriver'),
  csiNodes: clusterKind<k8s.V1CSINode>(StorageV1Api, 'storage.k8s.io/v1', 'CSINode'),
  csiStorageCapacities: namespacedKind<k8s.V1CSIStorageCapacity>(
    StorageV1Api,
    'storage.k8s.io/v1',
    'CSIStorageCapacity',
    'csistoragecapacities',
  ),
  customResourceDefinitions: clusterKind<k8s.V1CustomResourceDefinition>(
    ApiextensionsV1Api,
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
  ),
  daemonSets: namespacedKind<k8s.V1DaemonSet>(AppsV1Api, 'apps/v1', 'DaemonSet'),
  deployments: namespacedKind<k8s.V1Deployment>(AppsV1Api, 'apps/v1', 'Deployment'),
  endpoints: namespacedKind<k8s.V1Endpoints>(CoreV1Api, 'v1', 'Endpoints', 'endpoints'),
  endpointSlices: namespacedKind<k8s.V1EndpointSlice>(DiscoveryV1Api, 'discovery.k8s.io/v1', 'EndpointSlice'),
  coreEvents: namespacedKind<k8s.CoreV1Event>(CoreV1Api, 'v1', 'Event'),
  events: namespacedKind<k8s.EventsV1Event>(EventsV1Api, 'events.k8s.io/v1', 'Event'),
  flowSchemas: clusterKind<k8s.V1FlowSchema>(
    FlowcontrolApiserverV1Api,
    'flowcontrol.apiserver.k8s.io/v1',
    'FlowSchema',
  ),
  ingressClasses: clusterKind<k8s.V1IngressClass>(
    NetworkingV1Api,
    'networking.k8s.io/v1',
    'IngressClass',
    'ingressclasses',
  ),
  ingresses: namespacedKind<k8s.V1Ingress>(NetworkingV1Api, 'networking.k8s.io/v1', 'Ingress', 'ingresses'),
  jobs: namespacedKind<k8s.V1Job>(BatchV1Api, 'batch/v1', 'Job'),
  leases: namespacedKind<k8s.V1Lease>(CoordinationV1Api, 'coordination.k8s.io/v1', 'Lease'),
  limitRanges: namespacedKind<k8s.V1LimitRange>(CoreV1Api, 'v1', 'LimitRange'),
  mutatingWebhooks: clusterKind<k8s.V1MutatingWebhookConfiguration>(
    AdmissionregistrationV1Api,
    'admissionregistration.k8s.io/v1',
    'MutatingWebhookConfiguration',
  ),
  namespaces: clusterKind<k8s.V1Namespace>(CoreV1Api, 'v1', 'Namespace'),
  nodes: clusterKind<k8s.V1Node>(CoreV1Api, 'v1', 'Node'),
  persistentVolumeClaims: namespacedKind<k8s.V1PersistentVolumeClaim>(
    CoreV1Api,
    'v1',
    'PersistentVolumeClaim',
  ),
  persistentVolumes: clusterKind<k8s.V1PersistentVolume>(CoreV1Api, 'v1', 'PersistentVolume'),
  podDisruptionBudgets: namespacedKind<k8s.V1PodDisruptionBudget>(
    PolicyV1Api,
    'policy/v1',
    'PodDisruptionBudget',
  ),
  pods: namespacedKind<k8s.V1Pod>(CoreV1Api, 'v1', 'Pod'),
  podTemplates: namespacedKind<k8s.V1PodTemplate>(CoreV1Api, 'v1', 'PodTemplate'),
  policies: clusterKind<k8s.V1ValidatingAdmissionPolicy>(
    AdmissionregistrationV1Api,
    'admissionregistration.k8s.io/v1',
    'ValidatingAdmissionPolicy',
    'validatingadmissionpolicies',
  ),
  priorityClasses: clusterKind<k8s.V1PriorityClass>(
    SchedulingV1Api,
    'scheduling.k8s.io/v1',
    'PriorityClass',
    'priorityclasses',
  ),
  priorityLevels: clusterKind<k8s.V1PriorityLevelConfiguration>(
    FlowcontrolApiserverV1Api,
    'flowcontrol.apiserver.k8s.io/v1',
    'PriorityLevelConfiguration',
  ),
  replicaSets: namespacedKind<k8s.V1ReplicaSet>(AppsV1Api, 'apps/v1', 'ReplicaSet'),
  replicationControllers: namespacedKind<k8s.V1ReplicationController>(
    CoreV1Api,
    'v1',
    'ReplicationController',
  ),
  resourceQuotas: namespacedKind<k8s.V1ResourceQuota>(CoreV1Api, 'v1', 'ResourceQuota'),
  roleBindings: namespacedKind<k8s.V1RoleBinding>(
    RbacAuthorizationV1Api,
    'rbac.authorization.k8s.io/v1',
    'RoleBinding',
  ),
  runtimeClasses: clusterKind<k8s.V1RuntimeClass>(
    NodeV1Api,
    'node.k8s.io/v1',
    'RuntimeClass',
    'runtimeclasses',
  ),
  secrets: namespacedKind<k8s.V1Secret>(CoreV1Api, 'v1', 'Secret'),
  serviceAccounts: namespacedKind<k8s.V1ServiceAccount>(CoreV1Api, 'v1', 'ServiceAccount'),
  services: namespacedKind<k8s.V1Service>(CoreV1Api, 'v1', 'Service'),
  statefulSets: namespacedKind<k8s.V1StatefulSet>(AppsV1Api, 'apps/v1', 'StatefulSet'),
  storageClasses: clusterKind<k8s.V1StorageClass>(
    StorageV1Api,
    'storage.k8s.io/v1',
    'StorageClass',
    'storageclasses',
  ),
  validatingWebhooks: clusterKind<k8s.V1ValidatingWebhookConfiguration>(
    AdmissionregistrationV1Api,
    'admissionregistration.k8s.io/v1',
    'ValidatingWebhookConfiguration',
  ),
  volumeAttachments: clusterKind<k8s.V1VolumeAttachment>(
    StorageV1Api,
    'storage.k8s.io/v1',
    'VolumeAttachment',
  ),
};

type TypeOf<K> = K extends Kind<infer T> ? T : never;

/** Every kind of the table, bound to a namespace. */
export type Resources = { readonly [K in keyof typeof kinds]: Resource<TypeOf<(typeof kinds)[K]>> };
