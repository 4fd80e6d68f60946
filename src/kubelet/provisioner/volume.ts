import type { Node, PersistentVolume, PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import type { StorageClass } from '#api/generated/types/storage.v1.ts';
import { annotations, claimReference, className } from '#runtime/volume-matching.ts';
import { provisionerName } from './refusal.ts';

/** Keeps a volume whose reclaim policy is Delete until what it stands for is gone, whoever deletes the object (KEP-2644). */
export const deletionFinalizer = 'external-provisioner.volume.kubernetes.io/finalizer';

const hostnameLabel = 'kubernetes.io/hostname';

/** The same at each try, so that none makes a second one. */
export function volumeName({ metadata }: PersistentVolumeClaim): string {
  return `pvc-${metadata.uid}`;
}

export function hostnameOf({ metadata }: Node): string {
  return metadata.labels?.[hostnameLabel] ?? metadata.name!;
}

/**
 * The volume for a claim, in a folder of a node. `local`, not `hostPath`: the kubelet gives such a volume to the pod's fsGroup,
 * and fails where the folder is lost, instead of starting a database over an empty one.
 */
export function volumeFor(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  place: { readonly node: Node; readonly path: string },
): Partial<PersistentVolume> {
  const policy = storageClass.reclaimPolicy ?? 'Delete';
  const hostname = { key: hostnameLabel, operator: 'In', values: [hostnameOf(place.node)] };
  return {
    metadata: {
      name: volumeName(claim),
      annotations: { [annotations.provisionedBy]: provisionerName },
      ...(policy === 'Delete' ? { finalizers: [deletionFinalizer] } : {}),
    },
    spec: {
      accessModes: claim.spec?.accessModes ?? [],
      capacity: { storage: claim.spec!.resources!.requests!.storage! },
      claimRef: claimReference(claim),
      local: { path: place.path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [hostname] }] } },
      persistentVolumeReclaimPolicy: policy,
      storageClassName: className(claim),
      volumeMode: 'Filesystem',
    },
  };
}

/** The hostname of the node whose disk a volume is on, as `volumeFor` says it. */
export function hostnameOfVolume({ spec }: PersistentVolume): string | undefined {
  return spec?.nodeAffinity?.required?.nodeSelectorTerms
    ?.flatMap(term => term.matchExpressions ?? [])
    .find(({ key, operator, values }) => key === hostnameLabel && operator === 'In' && values?.length === 1)
    ?.values?.[0];
}
