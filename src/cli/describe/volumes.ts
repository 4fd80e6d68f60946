import type { Volume, VolumeProjection } from '#api/generated/types/core.v1.ts';
import { canonicalQuantity } from '#machinery/quantity.ts';
import { type DescriptionText, shown } from './text.ts';

export function describeVolumes(
  text: DescriptionText,
  volumes: readonly Volume[] | undefined,
  space: string,
): void {
  if (!volumes?.length) {
    text.raw(`${space}Volumes:\t<none>\n`);
    return;
  }
  text.raw(`${space}Volumes:\n`);
  for (const volume of volumes) {
    text.line(1, `${space ? ' ' : ''}${volume.name}:`);
    const described = describers.some(describe => describe(text, volume));
    if (!described) describeOther(text, volume);
  }
}

type VolumeDescriber = (text: DescriptionText, volume: Volume) => boolean;

const rows = (text: DescriptionText, type: string, fields: Readonly<Record<string, unknown>>) => {
  text.field(2, 'Type', type);
  for (const [title, value] of Object.entries(fields)) text.field(2, title, value);
  return true;
};

const describers: readonly VolumeDescriber[] = [
  (text, { hostPath }) =>
    hostPath !== undefined &&
    rows(text, 'HostPath (bare host directory volume)', {
      Path: hostPath.path,
      HostPathType: hostPath.type ?? '<none>',
    }),
  (text, { emptyDir }) =>
    emptyDir !== undefined &&
    rows(text, "EmptyDir (a temporary directory that shares a pod's lifetime)", {
      Medium: emptyDir.medium ?? '',
      SizeLimit: emptyDir.sizeLimit === undefined ? '<unset>' : canonicalQuantity(emptyDir.sizeLimit),
    }),
  (text, { secret }) =>
    secret !== undefined &&
    rows(text, 'Secret (a volume populated by a Secret)', {
      SecretName: secret.secretName,
      Optional: secret.optional ?? false,
    }),
  (text, { configMap }) =>
    configMap !== undefined &&
    rows(text, 'ConfigMap (a volume populated by a ConfigMap)', {
      Name: configMap.name,
      Optional: configMap.optional ?? false,
    }),
  (text, { nfs }) =>
    nfs !== undefined &&
    rows(text, 'NFS (an NFS mount that lasts the lifetime of a pod)', {
      Server: nfs.server,
      Path: nfs.path,
      ReadOnly: nfs.readOnly ?? false,
    }),
  (text, { persistentVolumeClaim: claim }) =>
    claim !== undefined &&
    rows(text, 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)', {
      ClaimName: claim.claimName,
      ReadOnly: claim.readOnly ?? false,
    }),
  (text, { downwardAPI }) => {
    if (!downwardAPI) return false;
    text.field(2, 'Type', 'DownwardAPI (a volume populated by information about the pod)').line(2, 'Items:');
    for (const { fieldRef, resourceFieldRef, path } of downwardAPI.items ?? [])
      text.line(3, `${fieldRef?.fieldPath ?? resourceFieldRef?.resource} -> ${path}`);
    return true;
  },
  (text, { projected }) => {
    if (!projected) return false;
    text.field(2, 'Type', 'Projected (a volume that contains injected data from multiple sources)');
    for (const source of projected.sources ?? []) describeProjection(text, source);
    return true;
  },
  (text, { csi }) =>
    csi !== undefined &&
    rows(text, 'CSI (a Container Storage Interface (CSI) volume source)', {
      Driver: csi.driver,
      FSType: csi.fsType ?? '',
      ReadOnly: csi.readOnly ?? false,
    }),
  (text, { image }) =>
    image !== undefined &&
    rows(text, 'Image (a container image or OCI artifact)', {
      Reference: image.reference,
      PullPolicy: image.pullPolicy,
    }),
];

function describeProjection(text: DescriptionText, source: VolumeProjection): void {
  if (source.secret)
    text.field(2, 'SecretName', source.secret.name).field(2, 'Optional', source.secret.optional ?? false);
  else if (source.downwardAPI) text.field(2, 'DownwardAPI', 'true');
  else if (source.configMap)
    text
      .field(2, 'ConfigMapName', source.configMap.name)
      .field(2, 'Optional', source.configMap.optional ?? false);
  else if (source.serviceAccountToken)
    text.field(2, 'TokenExpirationSeconds', source.serviceAccountToken.expirationSeconds);
}

/** Sources of cloud providers and the like: their fields as they are. */
function describeOther(text: DescriptionText, volume: Volume): void {
  const entry = Object.entries(volume).find(([key]) => key !== 'name');
  if (!entry) {
    text.line(1, '<unknown>');
    return;
  }
  const [type, source] = entry;
  text.field(2, 'Type', type);
  for (const [key, value] of Object.entries(source as Record<string, unknown>))
    text.field(2, key, typeof value === 'object' ? JSON.stringify(value) : shown(value));
}
