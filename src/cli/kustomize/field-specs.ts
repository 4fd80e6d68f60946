import { type FieldSpec, joinSpecs } from './field-spec.ts';
import { type Gvk, sameKind } from './identity.ts';
import { compareKinds } from './order.ts';

/** Fields that hold the name of another resource, by whose. */
export interface NameReference extends Gvk {
  readonly fieldSpecs: readonly FieldSpec[];
}

/** Which fields each transformer writes. */
export interface TransformerFields {
  readonly namePrefix: readonly FieldSpec[];
  readonly nameSuffix: readonly FieldSpec[];
  readonly namespace: readonly FieldSpec[];
  readonly commonLabels: readonly FieldSpec[];
  readonly labels: readonly FieldSpec[];
  readonly templateLabels: readonly FieldSpec[];
  readonly commonAnnotations: readonly FieldSpec[];
  readonly nameReference: readonly NameReference[];
  readonly varReference: readonly FieldSpec[];
  readonly images: readonly FieldSpec[];
  readonly replicas: readonly FieldSpec[];
}

export const noFields: TransformerFields = {
  namePrefix: [],
  nameSuffix: [],
  namespace: [],
  commonLabels: [],
  labels: [],
  templateLabels: [],
  commonAnnotations: [],
  nameReference: [],
  varReference: [],
  images: [],
  replicas: [],
};

/**
 * Both together, by kind: a field of all kinds that one of some kinds has come before is dropped when it is added to others.
 * Throws where they disagree on creating a field.
 */
export function joinFields(fields: TransformerFields, more: Partial<TransformerFields>): TransformerFields {
  const joined = Object.entries(fields).map(([name, specs]) => {
    const added = more[name as keyof TransformerFields] ?? [];
    const both =
      name === 'nameReference'
        ? joinReferences(specs, added as NameReference[])
        : joinSpecs(specs, added as FieldSpec[]);
    return [name, both.sort(compareKinds)];
  });
  return Object.fromEntries(joined) as unknown as TransformerFields;
}

function joinReferences(
  references: readonly NameReference[],
  more: readonly NameReference[],
): NameReference[] {
  const joined = [...references];
  for (const reference of more) {
    const at = joined.findIndex(other => sameKind(other, reference));
    if (at < 0) joined.push(reference);
    else joined[at] = { ...joined[at]!, fieldSpecs: joinSpecs(joined[at]!.fieldSpecs, reference.fieldSpecs) };
  }
  return joined;
}

/** Kinds that hold a pod's spec, and where. */
const podSpecs = {
  Pod: 'spec',
  PodTemplate: 'template/spec',
  Deployment: 'spec/template/spec',
  ReplicaSet: 'spec/template/spec',
  DaemonSet: 'spec/template/spec',
  StatefulSet: 'spec/template/spec',
  ReplicationController: 'spec/template/spec',
  Job: 'spec/template/spec',
  CronJob: 'spec/jobTemplate/spec/template/spec',
} as const;
type PodHolder = keyof typeof podSpecs;

/** The same fields of a pod's spec, wherever there is one. */
function inPods(holders: readonly PodHolder[], ...paths: string[]): FieldSpec[] {
  return holders.flatMap(kind => paths.map(path => ({ kind, path: `${podSpecs[kind]}/${path}` })));
}

/** `KIND PATH`, `KIND.GROUP PATH` or a path alone; a `+` before the path creates it. */
function specs(...lines: string[]): FieldSpec[] {
  return lines.map(line => {
    const [path, type] = line.split(' ').reverse() as [string, string?];
    const [kind, ...group] = type?.split('.') ?? [];
    const create = path.startsWith('+');
    return {
      path: create ? path.slice(1) : path,
      ...(create ? { create } : {}),
      ...(kind ? { kind } : {}),
      ...(group.length > 0 ? { group: group.join('.') } : {}),
    };
  });
}

const v1 = (all: readonly FieldSpec[], kind: string) =>
  all.map(spec => (spec.kind === kind ? { ...spec, version: 'v1' } : spec));

const configured: readonly PodHolder[] = [
  'Pod',
  'PodTemplate',
  'Deployment',
  'ReplicaSet',
  'DaemonSet',
  'StatefulSet',
  'Job',
  'CronJob',
];
const accounted: readonly PodHolder[] = [
  'Pod',
  'StatefulSet',
  'Deployment',
  'ReplicationController',
  'CronJob',
  'Job',
  'DaemonSet',
];
const varied: readonly PodHolder[] = [
  'CronJob',
  'DaemonSet',
  'Deployment',
  'Job',
  'Pod',
  'ReplicaSet',
  'StatefulSet',
];

const labelled = specs(
  '+metadata/labels',
  'ReplicationController +spec/template/metadata/labels',
  'Deployment +spec/template/metadata/labels',
  'ReplicaSet +spec/template/metadata/labels',
  'DaemonSet +spec/template/metadata/labels',
  'StatefulSet.apps +spec/template/metadata/labels',
  'StatefulSet.apps +spec/volumeClaimTemplates[]/metadata/labels',
  'Job.batch +spec/template/metadata/labels',
  'CronJob.batch +spec/jobTemplate/metadata/labels',
  'CronJob.batch +spec/jobTemplate/spec/template/metadata/labels',
);

const spreading = ['Deployment', 'StatefulSet'].flatMap(kind =>
  specs(
    ...['podAffinity', 'podAntiAffinity'].flatMap(affinity => [
      `${kind}.apps spec/template/spec/affinity/${affinity}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels`,
      `${kind}.apps spec/template/spec/affinity/${affinity}/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels`,
    ]),
    `${kind}.apps spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels`,
  ),
);

const scaled = ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController'];

/** The fields that kustomize knows by itself. */
export const defaultFields: TransformerFields = {
  namePrefix: specs('metadata/name'),
  nameSuffix: specs('metadata/name'),
  namespace: specs(
    'Namespace +metadata/name',
    'APIService.apiregistration.k8s.io +spec/service/namespace',
    'CustomResourceDefinition.apiextensions.k8s.io spec/conversion/webhook/clientConfig/service/namespace',
  ),
  commonLabels: [
    ...v1(specs('Service +spec/selector'), 'Service'),
    ...v1(specs('ReplicationController +spec/selector'), 'ReplicationController'),
    ...specs(
      'Deployment +spec/selector/matchLabels',
      'ReplicaSet +spec/selector/matchLabels',
      'DaemonSet +spec/selector/matchLabels',
      'StatefulSet.apps +spec/selector/matchLabels',
      'Job.batch spec/selector/matchLabels',
      'CronJob.batch spec/jobTemplate/spec/selector/matchLabels',
      'PodDisruptionBudget.policy spec/selector/matchLabels',
      'NetworkPolicy.networking.k8s.io spec/podSelector/matchLabels',
      'NetworkPolicy.networking.k8s.io spec/ingress/from/podSelector/matchLabels',
      'NetworkPolicy.networking.k8s.io spec/egress/to/podSelector/matchLabels',
    ),
    ...spreading,
    ...v1(labelled, 'ReplicationController'),
  ],
  labels: [],
  templateLabels: v1(labelled, 'ReplicationController'),
  commonAnnotations: v1(
    specs(
      '+metadata/annotations',
      'ReplicationController +spec/template/metadata/annotations',
      'Deployment +spec/template/metadata/annotations',
      'ReplicaSet +spec/template/metadata/annotations',
      'DaemonSet +spec/template/metadata/annotations',
      'StatefulSet +spec/template/metadata/annotations',
      'Job.batch +spec/template/metadata/annotations',
      'CronJob.batch +spec/jobTemplate/metadata/annotations',
      'CronJob.batch +spec/jobTemplate/spec/template/metadata/annotations',
    ),
    'ReplicationController',
  ),
  nameReference: [
    ...scaled.map(kind => ({ kind, fieldSpecs: specs('HorizontalPodAutoscaler spec/scaleTargetRef/name') })),
    {
      kind: 'ConfigMap',
      version: 'v1',
      fieldSpecs: [
        ...inPods(
          configured,
          'volumes/configMap/name',
          'containers/env/valueFrom/configMapKeyRef/name',
          'initContainers/env/valueFrom/configMapKeyRef/name',
          'containers/envFrom/configMapRef/name',
          'initContainers/envFrom/configMapRef/name',
          'volumes/projected/sources/configMap/name',
        ),
        ...specs(
          'Node spec/configSource/configMap',
          'Role rules/resourceNames',
          'ClusterRole rules/resourceNames',
          'Ingress metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap',
        ),
      ],
    },
    {
      kind: 'Secret',
      version: 'v1',
      fieldSpecs: [
        ...inPods(
          configured,
          'volumes/secret/secretName',
          'containers/env/valueFrom/secretKeyRef/name',
          'initContainers/env/valueFrom/secretKeyRef/name',
          'containers/envFrom/secretRef/name',
          'initContainers/envFrom/secretRef/name',
          'imagePullSecrets/name',
          'volumes/projected/sources/secret/name',
        ),
        ...specs(
          'Ingress spec/tls/secretName',
          'Ingress metadata/annotations/ingress.kubernetes.io\\/auth-secret',
          'Ingress metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret',
          'Ingress metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret',
          'ServiceAccount imagePullSecrets/name',
          'StorageClass parameters/secretName',
          'StorageClass parameters/adminSecretName',
          'StorageClass parameters/userSecretName',
          'StorageClass parameters/secretRef',
          'Role rules/resourceNames',
          'ClusterRole rules/resourceNames',
          'Service.serving.knative.dev spec/template/spec/containers/env/valueFrom/secretKeyRef/name',
          'PersistentVolume spec/azureFile/secretName',
        ),
      ],
    },
    {
      kind: 'Service',
      version: 'v1',
      fieldSpecs: specs(
        'StatefulSet.apps spec/serviceName',
        'Ingress spec/rules/http/paths/backend/serviceName',
        'Ingress spec/backend/serviceName',
        'Ingress spec/rules/http/paths/backend/service/name',
        'Ingress spec/defaultBackend/service/name',
        'APIService.apiregistration.k8s.io spec/service/name',
        'ValidatingWebhookConfiguration.admissionregistration.k8s.io webhooks/clientConfig/service',
        'MutatingWebhookConfiguration.admissionregistration.k8s.io webhooks/clientConfig/service',
      ),
    },
    {
      kind: 'Role',
      group: 'rbac.authorization.k8s.io',
      fieldSpecs: specs('RoleBinding.rbac.authorization.k8s.io roleRef/name'),
    },
    {
      kind: 'ClusterRole',
      group: 'rbac.authorization.k8s.io',
      fieldSpecs: specs(
        'RoleBinding.rbac.authorization.k8s.io roleRef/name',
        'ClusterRoleBinding.rbac.authorization.k8s.io roleRef/name',
      ),
    },
    {
      kind: 'ServiceAccount',
      version: 'v1',
      fieldSpecs: [
        ...specs(
          'RoleBinding.rbac.authorization.k8s.io subjects',
          'ClusterRoleBinding.rbac.authorization.k8s.io subjects',
        ),
        ...inPods(accounted, 'serviceAccountName'),
      ],
    },
    {
      kind: 'PersistentVolumeClaim',
      version: 'v1',
      fieldSpecs: inPods(accounted, 'volumes/persistentVolumeClaim/claimName'),
    },
    {
      kind: 'PersistentVolume',
      version: 'v1',
      fieldSpecs: specs('PersistentVolumeClaim spec/volumeName', 'ClusterRole rules/resourceNames'),
    },
    {
      kind: 'StorageClass',
      version: 'v1',
      group: 'storage.k8s.io',
      fieldSpecs: specs(
        'PersistentVolume spec/storageClassName',
        'PersistentVolumeClaim spec/storageClassName',
        'StatefulSet spec/volumeClaimTemplates/spec/storageClassName',
      ),
    },
    {
      kind: 'PriorityClass',
      version: 'v1',
      group: 'scheduling.k8s.io',
      fieldSpecs: inPods(accounted, 'priorityClassName'),
    },
    {
      // As kustomize writes it: no class is ever of that group, so the names stay.
      kind: 'IngressClass',
      version: 'v1',
      group: 'networking.k8s.io/v1',
      fieldSpecs: specs('Ingress spec/ingressClassName'),
    },
    {
      kind: 'ValidatingAdmissionPolicy',
      group: 'admissionregistration.k8s.io',
      fieldSpecs: specs('ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io spec/policyName'),
    },
  ],
  varReference: [
    ...inPods(
      varied,
      ...['containers', 'initContainers'].flatMap(containers =>
        ['args', 'command', 'env/value', 'volumeMounts/mountPath'].map(field => `${containers}/${field}`),
      ),
    ),
    ...inPods(
      varied.filter(kind => kind !== 'CronJob' && kind !== 'StatefulSet'),
      'volumes/nfs/server',
    ),
    ...specs(
      'CronJob spec/jobTemplate/spec/template/volumes/nfs/server',
      'Deployment spec/template/metadata/annotations',
      'Ingress spec/rules/host',
      'Ingress spec/tls/hosts',
      'Ingress spec/tls/secretName',
      'Service spec/ports/port',
      'Service spec/ports/targetPort',
      'StatefulSet spec/volumeClaimTemplates/spec/nfs/server',
      'PersistentVolume spec/nfs/server',
      'metadata/labels',
      'metadata/annotations',
    ),
  ],
  images: specs(
    ...['spec', 'spec/template/spec'].flatMap(spec => [
      `+${spec}/containers[]/image`,
      `+${spec}/initContainers[]/image`,
      `+${spec}/volumes[]/image/reference`,
    ]),
  ),
  replicas: specs(...scaled.map(kind => `${kind} +spec/replicas`)),
};
