import type { Container, Pod, Volume } from '#api/generated/types/core.v1.ts';

/** What a pod's kubelet must read: names of objects in the pod's namespace. */
export interface PodReferences {
  readonly secrets: ReadonlySet<string>;
  readonly configMaps: ReadonlySet<string>;
  readonly claims: ReadonlySet<string>;
  readonly serviceAccount: string;
  readonly resourceClaims: ReadonlySet<string>;
}

/** The ways in which a source of a volume names a secret of the pod's namespace. */
interface SecretNaming {
  readonly secretName?: string;
  readonly secretRef?: { readonly name?: string };
  readonly nodePublishSecretRef?: { readonly name?: string };
}

class Collector {
  readonly secrets = new Set<string>();
  readonly configMaps = new Set<string>();
  readonly claims = new Set<string>();

  container({ env = [], envFrom = [] }: Pick<Container, 'env' | 'envFrom'>): void {
    for (const { configMapRef, secretRef } of envFrom) {
      add(this.configMaps, configMapRef?.name);
      add(this.secrets, secretRef?.name);
    }
    for (const { valueFrom } of env) {
      add(this.configMaps, valueFrom?.configMapKeyRef?.name);
      add(this.secrets, valueFrom?.secretKeyRef?.name);
    }
  }

  volume(volume: Volume, podName: string): void {
    add(this.configMaps, volume.configMap?.name);
    add(this.claims, volume.persistentVolumeClaim?.claimName);
    // A generic ephemeral volume's claim is named after the pod and the volume.
    if (volume.ephemeral) add(this.claims, `${podName}-${volume.name}`);
    for (const source of volume.projected?.sources ?? []) {
      add(this.secrets, source.secret?.name);
      add(this.configMaps, source.configMap?.name);
    }
    for (const source of Object.values(volume) as unknown[]) {
      if (typeof source !== 'object' || source === null) continue;
      const naming = source as SecretNaming;
      add(this.secrets, naming.secretName);
      add(this.secrets, naming.secretRef?.name);
      add(this.secrets, naming.nodePublishSecretRef?.name);
    }
  }
}

function add(names: Set<string>, name: string | undefined): void {
  if (name) names.add(name);
}

export function podReferences(pod: Pod): PodReferences {
  const { spec, status } = pod;
  const collector = new Collector();
  for (const { name } of spec?.imagePullSecrets ?? []) add(collector.secrets, name);
  for (const container of spec?.initContainers ?? []) collector.container(container);
  for (const container of spec?.containers ?? []) collector.container(container);
  for (const container of spec?.ephemeralContainers ?? []) collector.container(container);
  for (const volume of spec?.volumes ?? []) collector.volume(volume, pod.metadata.name ?? '');
  const resourceClaims = new Set<string>();
  for (const claim of spec?.resourceClaims ?? []) add(resourceClaims, claim.resourceClaimName);
  for (const claim of status?.resourceClaimStatuses ?? []) add(resourceClaims, claim.resourceClaimName);
  add(resourceClaims, status?.extendedResourceClaimStatus?.resourceClaimName);
  const { secrets, configMaps, claims } = collector;
  return { secrets, configMaps, claims, resourceClaims, serviceAccount: spec?.serviceAccountName ?? '' };
}

/** What kind of object of the API a pod refers to, as refusals say it; undefined: none, so that a node may run it by itself. */
export function referencedResource(pod: Pod): string | undefined {
  const { secrets, configMaps, serviceAccount } = podReferences(pod);
  if (serviceAccount) return 'serviceaccounts';
  if (secrets.size > 0) return 'secrets';
  if (configMaps.size > 0) return 'configmaps';
  if (pod.spec?.resourceClaims?.length) return 'resourceclaims';
  for (const volume of pod.spec?.volumes ?? []) {
    const resource = volumeResource(volume);
    if (resource !== undefined) return resource;
  }
  return undefined;
}

function volumeResource(volume: Volume): string | undefined {
  if (volume.csi) return 'csidrivers (via CSI volumes)';
  if (volume.glusterfs) return 'endpoints (via glusterFS volumes)';
  if (volume.persistentVolumeClaim) return 'persistentvolumeclaims';
  if (volume.ephemeral) return 'persistentvolumeclaims (via ephemeral volumes)';
  const sources = volume.projected?.sources ?? [];
  if (sources.some(source => source.serviceAccountToken)) return 'serviceaccounts (via projected volumes)';
  if (sources.some(source => source.clusterTrustBundle)) return 'clustertrustbundles';
  return sources.some(source => source.podCertificate) ? 'podcertificates' : undefined;
}
