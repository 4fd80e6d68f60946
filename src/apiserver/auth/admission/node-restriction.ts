import type { TokenRequest } from '#api/generated/types/authentication.v1.ts';
import type { CertificateSigningRequest } from '#api/generated/types/certificates.v1.ts';
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import { deepEqual } from '#base/equal.ts';
import type { KubeObject } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import { forbidden } from '../../admission/denial.ts';
import type { AdmissionPlugin } from '../../admission/plugin.ts';
import type { AdmissionRequest } from '../../admission/request.ts';
import type { Authorizer } from '../../identity.ts';
import { readRequestedSubject } from '../../pki/certificate-request.ts';
import type { ObjectReader } from '../authn/object-reader.ts';
import { mirrorAnnotation } from '../authz/node-graph.ts';
import { nodeNameOf } from '../authz/node-identity.ts';
import { referencedResource } from '../authz/pod-references.ts';
import { restrictAudience } from './token-audience.ts';

interface Environment {
  readonly objects: ObjectReader;
  readonly authorizer: Authorizer;
}

type Refusal = string | undefined;

/** Why a node may not make this write; undefined when it may. Throws NotFound for what the write is about and is not there. */
type Restriction = (
  node: string,
  request: AdmissionRequest,
  environment: Environment,
) => Refusal | Promise<Refusal>;

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

/** To upstream, an empty list is none. */
function sameLists(a: readonly unknown[] = [], b: readonly unknown[] = []): boolean {
  return deepEqual(a, b);
}

const nodes: Restriction = (node, { operation, name, object, old }) => {
  const quoted = JSON.stringify(node);
  if (name !== node) return `node ${quoted} is not allowed to modify node ${JSON.stringify(name)}`;
  if (operation === 'CREATE') return nodeCreation(quoted, object as Node);
  return operation === 'UPDATE' ? nodeUpdate(quoted, object as Node, old as Node) : undefined;
};

function nodeCreation(quoted: string, node: Node): Refusal {
  if (node.spec?.configSource) {
    return `node ${quoted} is not allowed to create pods with a non-nil configSource`;
  }
  const labels = forbiddenChanges(node, undefined);
  if (labels.length === 0) return undefined;
  return `node ${quoted} is not allowed to set the following labels: ${labels.join(', ')}`;
}

function nodeUpdate(quoted: string, now: Node, before: Node): Refusal {
  const config = now.spec?.configSource;
  if (config && !deepEqual(config, before.spec?.configSource)) {
    return `node ${quoted} is not allowed to update configSource to a new non-nil configSource`;
  }
  if (!sameLists(now.spec?.taints, before.spec?.taints)) {
    return `node ${quoted} is not allowed to modify taints`;
  }
  if (!sameLists(now.metadata.ownerReferences, before.metadata.ownerReferences)) {
    return `node ${quoted} is not allowed to modify ownerReferences`;
  }
  const labels = forbiddenChanges(now, before);
  return labels.length > 0 ? `is not allowed to modify labels: ${labels.join(', ')}` : undefined;
}

const pods: Restriction = (node, request, environment) => {
  switch (request.subresource) {
    case '':
      return podItself(node, request, environment);
    case 'status':
      return podStatus(node, request);
    case 'eviction':
      return podEviction(node, request, environment);
    default:
      return `unexpected pod subresource ${JSON.stringify(request.subresource)}, only 'status' and 'eviction' are allowed`;
  }
};

/** The pod that a request is about. */
function existingPod({ namespace }: AdmissionRequest, name: string, { objects }: Environment): Pod {
  const pod = objects.get('core/pods', `${namespace}/${name}`);
  if (!pod) throw statusError.notFound({ group: '', resource: 'pod' }, name);
  return pod as Pod;
}

function podItself(node: string, request: AdmissionRequest, { objects }: Environment): Refusal {
  const quoted = JSON.stringify(node);
  if (request.operation === 'CREATE') return podCreation(quoted, node, request.object as Pod, objects);
  if (request.operation !== 'DELETE') {
    return `unexpected operation ${JSON.stringify(request.operation)}, node ${quoted} can only create and delete mirror pods`;
  }
  if ((request.old as Pod).spec?.nodeName === node) return undefined;
  return `node ${quoted} can only delete pods with spec.nodeName set to itself`;
}

function podCreation(quoted: string, node: string, pod: Pod, objects: ObjectReader): Refusal {
  if (pod.metadata.annotations?.[mirrorAnnotation] === undefined) {
    return `pod does not have ${JSON.stringify(mirrorAnnotation)} annotation, node ${quoted} can only create mirror pods`;
  }
  if (pod.spec?.nodeName !== node)
    return `node ${quoted} can only create pods with spec.nodeName set to itself`;
  const problem = mirrorOwner(quoted, node, pod, objects);
  if (problem !== undefined) return problem;
  const resource = referencedResource(pod);
  return resource && `node ${quoted} can not create pods that reference ${resource}`;
}

function mirrorOwner(quoted: string, node: string, pod: Pod, objects: ObjectReader): Refusal {
  const [owner, ...more] = pod.metadata.ownerReferences ?? [];
  const itself = 'owner reference set to itself';
  if (more.length > 0) return `node ${quoted} can only create pods with a single ${itself}`;
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) {
    return `node ${quoted} can only create pods with an ${itself}`;
  }
  if (!owner.controller) return `node ${quoted} can only create pods with a controller ${itself}`;
  if (owner.blockOwnerDeletion) return `node ${quoted} must not set blockOwnerDeletion on an owner reference`;
  const found = objects.get('core/nodes', node);
  if (!found) throw statusError.notFound({ group: '', resource: 'nodes' }, node);
  const { uid } = found.metadata;
  return owner.uid === uid ? undefined : `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`;
}

function podStatus(node: string, { operation, object, old }: AdmissionRequest): Refusal {
  const quoted = JSON.stringify(node);
  if (operation !== 'UPDATE') return `unexpected operation ${JSON.stringify(operation)}`;
  const [now, before] = [object as Pod, old as Pod];
  if (before.spec?.nodeName !== node) {
    return `node ${quoted} can only update pod status for pods with spec.nodeName set to itself`;
  }
  if (!deepEqual(now.metadata.labels ?? {}, before.metadata.labels ?? {})) {
    return `node ${quoted} cannot update labels through pod status`;
  }
  if (!sameLists(now.status?.resourceClaimStatuses, before.status?.resourceClaimStatuses)) {
    return `node ${quoted} cannot update resource claim statues`;
  }
  if (!deepEqual(now.status?.extendedResourceClaimStatus, before.status?.extendedResourceClaimStatus)) {
    return `node ${quoted} cannot update extended resource claim status`;
  }
  return undefined;
}

function podEviction(node: string, request: AdmissionRequest, environment: Environment): Refusal {
  if (existingPod(request, request.name, environment).spec?.nodeName === node) return undefined;
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
  if (deepEqual(compared(object), compared(old))) return undefined;
  return `node ${JSON.stringify(node)} is not allowed to update fields other than status.quantity and status.conditions`;
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

/** A node may have tokens only for pods that run on it, and for what their volumes are for. */
const tokens: Restriction = (node, request, environment) => {
  if (request.operation !== 'CREATE' || request.subresource !== 'token') return undefined;
  const { audiences, boundObjectRef } = (request.object as TokenRequest).spec ?? {};
  const { kind, apiVersion, name, uid } = boundObjectRef ?? {};
  if (apiVersion !== 'v1' || kind !== 'Pod' || !name) return 'node requested token not bound to a pod';
  if (!uid) return 'node requested token with a pod binding without a uid';
  const pod = existingPod(request, name, environment);
  if (uid !== pod.metadata.uid) {
    return `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  }
  if (pod.spec?.nodeName !== node) return 'node requested token bound to a pod scheduled on a different node';
  const { user, namespace, name: serviceAccount } = request;
  const asked = { user, namespace, serviceAccount, audiences: audiences ?? [], pod };
  return restrictAudience(asked, environment.objects, environment.authorizer);
};

const restrictions: Readonly<Record<string, Restriction>> = {
  'certificates.k8s.io/certificatesigningrequests': certificateRequests,
  'coordination.k8s.io/leases': leases,
  'core/nodes': nodes,
  'core/persistentvolumeclaims': claims,
  'core/pods': pods,
  'core/serviceaccounts': tokens,
  'resource.k8s.io/resourceslices': resourceSlices,
  'storage.k8s.io/csinodes': csiNodes,
};

/**
 * Keeps a node to itself: its own Node, Lease and CSINode, and the pods bound to it. It judges what was sent, before what the
 * write cannot reach is put back.
 */
export function nodeRestriction(objects: ObjectReader, authorizer: Authorizer): AdmissionPlugin {
  const environment = { objects, authorizer };
  const refuse = (request: AdmissionRequest, problem: Refusal) => {
    if (problem !== undefined) throw forbidden(request, problem);
  };
  return {
    name: 'NodeRestriction',
    concerns: ({ served, operation }) =>
      operation !== 'CONNECT' && Object.hasOwn(restrictions, served.bucket),
    mutate(request) {
      const node = nodeNameOf(request.user);
      if (node === undefined) return undefined;
      if (node === '') {
        throw forbidden(request, `could not determine node from user ${JSON.stringify(request.user.name)}`);
      }
      const problem = restrictions[request.served.bucket]?.(node, request, environment);
      if (!(problem instanceof Promise)) return refuse(request, problem);
      return problem.then(found => refuse(request, found));
    },
  };
}
