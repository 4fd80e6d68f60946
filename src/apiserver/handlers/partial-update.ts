import type { Container, Namespace, Pod, PodSpec } from '#api/generated/types/core.v1.ts';
import type { CertificateSigningRequest } from '#api/generated/types/certificates.v1.ts';
import { cloneJson, deepEqual } from '#base/equal.ts';
import { atOnce } from '#base/steps.ts';
import type { Breathe } from '#base/time-slice.ts';
import type { KubeObject } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import { decodeObject } from '../decode.ts';
import { toStorage } from '../resources/served.ts';
import { updateObject } from '../resources/update.ts';
import { type WriteContext, keyOf } from '../resources/write-context.ts';
import { scopeOf } from './read.ts';
import type { ApiResponse } from '../response.ts';
import { type ResourceRequest, type Services, writeContext } from './context.ts';
import { applied, isApply, readConfig } from './apply.ts';
import { applyPatch } from './patch.ts';
import { keepIdentity, matchIdentity } from './identity.ts';
import { currentVersion } from './write.ts';

/** Takes all that the subresource may not change from `old`. */
type Carry = NonNullable<WriteContext['carry']>;

/** Subresources that read and write one part of their object, by 'group/resource/subresource'. */
const carries: Readonly<Record<string, Carry>> = {
  'core/namespaces/finalize': (object, old) => {
    const namespace = object as Namespace;
    const { finalizers } = namespace.spec ?? {};
    namespace.spec = finalizers ? { finalizers } : {};
    carryMember(namespace, old as Namespace, 'status');
  },
  'core/pods/ephemeralcontainers': (object, old) =>
    carryPod(object, old, (spec, wanted) => carryMember(spec, wanted, 'ephemeralContainers')),
  'core/pods/resize': (object, old) => carryPod(object, old, resize),
  'certificates.k8s.io/certificatesigningrequests/approval': (object, old) => {
    const [csr, was] = [object, old] as [CertificateSigningRequest, CertificateSigningRequest];
    const status = { ...was.status };
    carryMember(status, csr.status ?? {}, 'conditions');
    Object.assign(csr, { spec: was.spec, status });
  },
};

export function isPartial(bucket: string, subresource: string): boolean {
  return `${bucket}/${subresource}` in carries;
}

function carryMember<T extends object, K extends keyof T>(next: T, wanted: T, member: K): void {
  if (wanted[member] === undefined) delete next[member];
  else next[member] = wanted[member];
}

const podMetadata = [
  'deletionTimestamp',
  'generation',
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
] as const;

/** `change` takes what may change from `wanted`. */
function carryPod(
  object: KubeObject,
  old: KubeObject,
  change: (spec: PodSpec, wanted: PodSpec) => void,
): void {
  const [pod, was] = [object, old] as [Pod, Pod];
  const spec = cloneJson(was.spec!);
  change(spec, pod.spec!);
  pod.spec = spec;
  carryMember(pod, was, 'status');
  for (const field of podMetadata) carryMember(pod.metadata, was.metadata, field);
}

/** Other containers than the pod has are carried as they are, for validation to refuse. */
function resize(spec: PodSpec, wanted: PodSpec): void {
  carryMember(spec, wanted, 'resources');
  for (const list of ['containers', 'initContainers'] as const) {
    const names = (containers: readonly Container[] = []) => containers.map(({ name }) => name);
    if (!deepEqual(names(spec[list]), names(wanted[list]))) carryMember(spec, wanted, list);
    spec[list]?.forEach((container, i) => {
      carryMember(container, wanted[list]![i]!, 'resources');
      carryMember(container, wanted[list]![i]!, 'resizePolicy');
    });
  }
}

export async function partialUpdateHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const { served, info } = call;
  if (info.verb === 'get') {
    const entry = served.cache.get(keyOf({ namespace: scopeOf(call) }, info.name));
    if (!entry) throw statusError.notFound(served.what, info.name);
    return { type: 'entry', status: 200, served, entry };
  }
  const sent = info.verb === 'update' ? decodeSent(services, call) : undefined;
  const config = isApply(call) ? readConfig(call) : undefined;
  const context = {
    ...writeContext(services, call),
    ...(config ? { fieldManager: undefined } : {}),
    carry: carries[`${served.bucket}/${info.subresource}`]!,
  };
  const { entry } = await updateObject(services, context, info.name, async (current, breathe) => {
    const wanted =
      sent ??
      (await (config ? applied(services, call, config, current) : patched(services, call, current, breathe)));
    return cloneJson(wanted);
  });
  return { type: 'entry', status: 200, served, entry };
}

async function patched(
  services: Services,
  call: ResourceRequest,
  current: KubeObject,
  breathe: Breathe | undefined,
): Promise<KubeObject> {
  const { schema } = call.served.version;
  const shown = currentVersion(call, current);
  const object = await applyPatch<KubeObject>(services, call, shown, schema, breathe);
  keepIdentity(call, object, current);
  return object;
}

function decodeSent(services: Services, call: ResourceRequest): KubeObject {
  const object = atOnce(decodeObject(services, call));
  matchIdentity(call, object);
  toStorage(call.served, object);
  return object;
}
