import type { Container, Pod } from '#api/generated/types/core.v1.ts';
import type { CertificateSigningRequest } from '#api/generated/types/certificates.v1.ts';
import type { Namespace } from '#api/generated/types/core.v1.ts';
import { cloneJson, deepEqual } from '#base/equal.ts';
import { atOnce } from '#base/steps.ts';
import type { Breathe } from '#base/time-slice.ts';
import type { KubeObject } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import { setManagedFields } from '../apply/track.ts';
import { decodeObject } from '../decode.ts';
import { toStorage } from '../resources/served.ts';
import { updateObject } from '../resources/update.ts';
import { keyOf } from '../resources/write-context.ts';
import { scopeOf } from './read.ts';
import type { ApiResponse } from '../response.ts';
import { type ResourceRequest, type Services, writeContext } from './context.ts';
import { applied, isApply, readConfig } from './apply.ts';
import { applyPatch } from './patch.ts';
import { keepIdentity, matchIdentity } from './identity.ts';
import { currentVersion } from './write.ts';

/** Takes what the subresource may change from `wanted`, and everything else from `next` (a copy of the stored). */
type Carry = (next: KubeObject, wanted: KubeObject) => void;

/** Subresources that read and write one part of their object, by 'group/resource/subresource'. */
const carries: Readonly<Record<string, Carry>> = {
  'core/namespaces/finalize': (next, wanted) => {
    next.metadata = wanted.metadata;
    (next as Namespace).spec = {};
    carryMember((next as Namespace).spec!, (wanted as Namespace).spec ?? {}, 'finalizers');
  },
  'core/pods/ephemeralcontainers': (next, wanted) => {
    carryMember((next as Pod).spec!, (wanted as Pod).spec!, 'ephemeralContainers');
  },
  'core/pods/resize': (next, wanted) => resize(next as Pod, wanted as Pod),
  'certificates.k8s.io/certificatesigningrequests/approval': (next, wanted) => {
    const csr = next as CertificateSigningRequest;
    next.metadata = wanted.metadata;
    csr.status ??= {};
    carryMember(csr.status, (wanted as CertificateSigningRequest).status ?? {}, 'conditions');
  },
};

export function isPartial(bucket: string, subresource: string): boolean {
  return `${bucket}/${subresource}` in carries;
}

function carryMember<T extends object, K extends keyof T>(next: T, wanted: T, member: K): void {
  if (wanted[member] === undefined) delete next[member];
  else next[member] = wanted[member];
}

/** Other containers than the pod has are carried as they are, for validation to refuse. */
function resize({ spec }: Pod, { spec: wanted }: Pod): void {
  if (!spec || !wanted) return;
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
  const carry = carries[`${served.bucket}/${info.subresource}`]!;
  const sent = info.verb === 'update' ? decodeSent(services, call) : undefined;
  const config = isApply(call) ? readConfig(call) : undefined;
  const context = { ...writeContext(services, call), ...(config ? { fieldManager: undefined } : {}) };
  const { entry } = await updateObject(services, context, info.name, async (current, breathe) => {
    const wanted =
      sent ??
      (await (config ? applied(services, call, config, current) : patched(services, call, current, breathe)));
    const next = cloneJson(current);
    carry(next, cloneJson(wanted));
    if (config) setManagedFields(next, wanted.metadata.managedFields);
    const { uid, resourceVersion } = wanted.metadata;
    if (uid) next.metadata.uid = uid;
    if (resourceVersion) next.metadata.resourceVersion = resourceVersion;
    else delete next.metadata.resourceVersion;
    return next;
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
