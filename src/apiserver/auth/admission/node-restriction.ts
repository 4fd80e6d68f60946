import type { CertificateSigningRequest } from '#api/generated/types/certificates.v1.ts';
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import type { KubeObject } from '#machinery/object.ts';
import { forbidden } from '../../admission/denial.ts';
import type { AdmissionPlugin } from '../../admission/plugin.ts';
import type { AdmissionRequest } from '../../admission/request.ts';
import { readRequestedSubject } from '../../pki/certificate-request.ts';
import type { ObjectReader } from '../authn/object-reader.ts';
import { mirrorAnnotation } from '../authz/node-graph.ts';
import { nodeNameOf } from '../authz/node-identity.ts';
import { podReferences } from '../authz/pod-references.ts';

/** Why a node may not make this write; undefined when it may. */
type Restriction = (node: string, request: AdmissionRequest, objects: ObjectReader) => string | undefined;

const kubeletLabels = new Set([
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'kubernetes.io/arch',
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
]);

function isIn(namespace: string, domain: string): boolean {
  return namespace === domain || namespace.endsWith(`.${domain}`);
}

/** Labels by which a node could steer workloads to itself. */
function isForbiddenLabel(label: string): boolean {
  const namespace = label.includes('/') ? label.slice(0, label.indexOf('/')) : '';
  if (isIn(namespace, 'node-restriction.kubernetes.io')) return true;
  if (!isIn(namespace, 'kubernetes.io') && !isIn(namespace, 'k8s.io')) return false;
  if (isIn(namespace, 'kubelet.kubernetes.io') || isIn(namespace, 'node.kubernetes.io')) return false;
  return !kubeletLabels.has(label);
}

function forbiddenChanges(now: KubeObject | undefined, before: KubeObject | undefined): string[] {
  const [a, b] = [now?.metadata.labels ?? {}, before?.metadata.labels ?? {}];
  const changed = new Set([...Object.keys(a), ...Object.keys(b)].filter(label => a[label] !== b[label]));
  return [...changed].filter(isForbiddenLabel).sort();
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

const nodes: Restriction = (node, { operation, subresource, name, object, old }) => {
  const quoted = JSON.stringify(node);
  if (name !== node) return `node ${quoted} is not allowed to modify node ${JSON.stringify(name)}`;
  if (operation !== 'CREATE' && operation !== 'UPDATE') return undefined;
  const labels = forbiddenChanges(object, old);
  if (operation === 'CREATE') {
    if (labels.length === 0) return undefined;
    return `node ${quoted} is not allowed to set the following labels: ${labels.join(', ')}`;
  }
  if (labels.length > 0) return `node ${quoted} is not allowed to modify labels: ${labels.join(', ')}`;
  const [now, before] = [object as Node, old as Node];
  if (!same(now.metadata.ownerReferences, before.metadata.ownerReferences)) {
    return `node ${quoted} is not allowed to modify ownerReferences`;
  }
  if (subresource === '' && !same(now.spec?.taints, before.spec?.taints)) {
    return `node ${quoted} is not allowed to modify taints`;
  }
  return undefined;
};

const pods: Restriction = (node, request, objects) => {
  switch (request.subresource) {
    case '':
      return podItself(node, request, objects);
    case 'status':
      return podStatus(node, request);
    case 'eviction':
      return podEviction(node, request, objects);
    default:
      return `unexpected pod subresource ${JSON.stringify(request.subresource)}, only 'status' and 'eviction' are allowed`;
  }
};

function podItself(node: string, request: AdmissionRequest, objects: ObjectReader): string | undefined {
  const quoted = JSON.stringify(node);
  if (request.operation === 'CREATE') return podCreation(quoted, node, request.object as Pod, objects);
  if (request.operation !== 'DELETE') {
    return `unexpected operation ${JSON.stringify(request.operation)}, node ${quoted} can only create and delete mirror pods`;
  }
  const pod = request.old as Pod | undefined;
  if (!pod || pod.spec?.nodeName === node) return undefined;
  return `node ${quoted} can only delete pods with spec.nodeName set to itself`;
}

function podCreation(quoted: string, node: string, pod: Pod, objects: ObjectReader): string | undefined {
  if (pod.metadata.annotations?.[mirrorAnnotation] === undefined) {
    return `pod does not have ${JSON.stringify(mirrorAnnotation)} annotation, node ${quoted} can only create mirror pods`;
  }
  if (pod.spec?.nodeName !== node)
    return `node ${quoted} can only create pods with spec.nodeName set to itself`;
  return mirrorOwner(quoted, node, pod, objects) ?? mirrorReferences(quoted, pod);
}

function mirrorOwner(quoted: string, node: string, pod: Pod, objects: ObjectReader): string | undefined {
  const [owner, ...more] = pod.metadata.ownerReferences ?? [];
  const itself = 'owner reference set to itself';
  if (more.length > 0) return `node ${quoted} can only create pods with a single ${itself}`;
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) {
    return `node ${quoted} can only create pods with an ${itself}`;
  }
  if (!owner.controller) return `node ${quoted} can only create pods with a controller ${itself}`;
  if (owner.blockOwnerDeletion) return `node ${quoted} must not set blockOwnerDeletion on an owner reference`;
  const uid = objects.get('core/nodes', node)?.metadata.uid;
  return owner.uid === uid ? undefined : `node ${node} UID mismatch: expected ${owner.uid} got ${uid ?? ''}`;
}

function mirrorReferences(quoted: string, pod: Pod): string | undefined {
  const references = podReferences(pod);
  const refuse = (what: string) => `node ${quoted} can not create pods that reference ${what}`;
  if (references.serviceAccount) return refuse('a service account');
  if (references.secrets.size > 0) return refuse('secrets');
  if (references.configMaps.size > 0) return refuse('configmaps');
  const volumes = pod.spec?.volumes ?? [];
  const sources = volumes.flatMap(volume => volume.projected?.sources ?? []);
  if (sources.some(source => source.clusterTrustBundle)) return refuse('clustertrustbundles');
  if (volumes.some(volume => volume.persistentVolumeClaim)) return refuse('persistentvolumeclaims');
  return undefined;
}

function podStatus(node: string, { operation, object, old }: AdmissionRequest): string | undefined {
  const quoted = JSON.stringify(node);
  if (operation !== 'UPDATE') return `unexpected operation ${JSON.stringify(operation)}`;
  const [now, before] = [object as Pod, old as Pod];
  if (before.spec?.nodeName !== node) {
    return `node ${quoted} can only update pod status for pods with spec.nodeName set to itself`;
  }
  if (!sameLabels(now, before)) return `node ${quoted} cannot update labels through pod status`;
  if (!same(now.status?.resourceClaimStatuses, before.status?.resourceClaimStatuses)) {
    return `node ${quoted} cannot update resource claim statues`;
  }
  return undefined;
}

function sameLabels(a: KubeObject, b: KubeObject): boolean {
  const sorted = (object: KubeObject) => Object.entries(object.metadata.labels ?? {}).sort();
  return same(sorted(a), sorted(b));
}

function podEviction(node: string, request: AdmissionRequest, objects: ObjectReader): string | undefined {
  const pod = objects.get('core/pods', `${request.namespace}/${request.name}`) as Pod | undefined;
  if (!pod || pod.spec?.nodeName === node) return undefined;
  return `node ${node} can only evict pods with spec.nodeName set to itself`;
}

const leases: Restriction = (node, { namespace, name }) => {
  if (namespace !== 'kube-node-lease') {
    return 'can only access leases in the "kube-node-lease" system namespace';
  }
  return name === node ? undefined : 'can only access node lease with the same name as the requesting node';
};

const csiNodes: Restriction = (node, { name }) =>
  name === node ? undefined : 'can only access CSINode with the same name as the requesting node';

const claims: Restriction = (node, { subresource, object, old }) => {
  if (subresource !== 'status') return 'may only update PVC status';
  const compared = (claim: KubeObject | undefined) => {
    const { status, metadata, ...rest } = claim as KubeObject & { status?: Record<string, unknown> };
    const { resourceVersion: _, managedFields: __, ...meta } = metadata;
    const { capacity, conditions, allocatedResources, allocatedResourceStatuses, ...state } = status ?? {};
    return { ...rest, metadata: meta, status: state };
  };
  if (same(compared(object), compared(old))) return undefined;
  return `node ${JSON.stringify(node)} is not allowed to update fields other than status.capacity and status.conditions`;
};

const resourceSlices: Restriction = (node, { object, old, operation }) => {
  const slice = (object ?? old) as (KubeObject & { spec?: { nodeName?: string } }) | undefined;
  if (operation === 'UPDATE' || slice?.spec?.nodeName === node) return undefined;
  return operation === 'CREATE'
    ? 'can only create ResourceSlice with the same NodeName as the requesting node'
    : 'can only delete ResourceSlice with the same NodeName as the requesting node';
};

const kubeletSigners = new Set([
  'kubernetes.io/kubelet-serving',
  'kubernetes.io/kube-apiserver-client-kubelet',
]);

const certificateRequests: Restriction = (node, { operation, object }) => {
  const { signerName, request } = (object as CertificateSigningRequest | undefined)?.spec ?? {};
  if (operation !== 'CREATE' || !kubeletSigners.has(signerName ?? '')) return undefined;
  const wanted = `system:node:${node}`;
  try {
    if (readRequestedSubject(atob(request ?? '')).commonName === wanted) return undefined;
  } catch (error) {
    return `unable to parse csr: ${(error as Error).message}`;
  }
  return `can only create a node CSR with CN=${wanted}`;
};

const restrictions: Readonly<Record<string, Restriction>> = {
  'certificates.k8s.io/certificatesigningrequests': certificateRequests,
  'coordination.k8s.io/leases': leases,
  'core/nodes': nodes,
  'core/persistentvolumeclaims': claims,
  'core/pods': pods,
  'resource.k8s.io/resourceslices': resourceSlices,
  'storage.k8s.io/csinodes': csiNodes,
};

/** Keeps a node to itself: its own Node, Lease and CSINode, and the pods bound to it. */
export function nodeRestriction(objects: ObjectReader): AdmissionPlugin {
  return {
    name: 'NodeRestriction',
    validate(request) {
      const node = nodeNameOf(request.user);
      if (node === undefined || request.operation === 'CONNECT') return;
      const { bucket } = request.served;
      if (node === '') {
        const user = JSON.stringify(request.user.name);
        throw forbidden(request, `could not determine node from user ${user}`);
      }
      const problem = restrictions[bucket]?.(node, request, objects);
      if (problem !== undefined) throw forbidden(request, problem);
    },
  };
}

/**
 * A node may have tokens only for pods that run on it (upstream's NodeRestriction for serviceaccounts/token). Why not;
 * undefined when it may.
 */
export function restrictNodeToken(
  node: string,
  namespace: string,
  bound: { readonly kind: string; readonly name: string; readonly uid: string } | undefined,
  objects: ObjectReader,
): string | undefined {
  if (!bound) return `node requested token not bound to a pod`;
  if (bound.kind !== 'Pod') return `node requested token not bound to a pod`;
  const pod = objects.get('core/pods', `${namespace}/${bound.name}`) as Pod | undefined;
  if (!pod) return `pod ${JSON.stringify(bound.name)} not found`;
  if (bound.uid !== pod.metadata.uid) {
    return `the UID in the bound object reference (${bound.uid}) does not match the UID in record (${pod.metadata.uid}). The object might have been deleted and then recreated`;
  }
  return pod.spec?.nodeName === node
    ? undefined
    : 'node requested token bound to a pod scheduled on a different node';
}
