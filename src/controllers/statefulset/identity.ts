/** Names, claims and labels that make each pod of a StatefulSet the same one again: pure functions. */
import { statefulSets } from '#api/generated/refs.ts';
import type { ControllerRevision, StatefulSet } from '#api/generated/types/apps.v1.ts';
import type { PersistentVolumeClaim, Pod, Volume } from '#api/generated/types/core.v1.ts';
import { controllerReference } from '#runtime/ownership.ts';
import { podFromTemplate } from '../shared/pod-control.ts';
import { revisionHashLabel, templateOf } from '../shared/revisions.ts';

const podNameLabel = 'statefulset.kubernetes.io/pod-name';
const podIndexLabel = 'apps.kubernetes.io/pod-index';

export function podName(set: StatefulSet, ordinal: number): string {
  return `${set.metadata.name}-${ordinal}`;
}

/** The pod's ordinal; -1 where its name is not one of this set's. */
export function ordinalOf(set: StatefulSet, pod: Pod): number {
  const name = pod.metadata.name ?? '';
  const prefix = `${set.metadata.name}-`;
  const rest = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return /^(0|[1-9]\d*)$/.test(rest) ? Number(rest) : -1;
}

export function revisionOfPod(pod: Pod): string | undefined {
  return pod.metadata.labels?.[revisionHashLabel];
}

/** The labels that each pod has beyond its template's and its revision's. */
export function identityLabels(set: StatefulSet, ordinal: number): Record<string, string> {
  return { [podNameLabel]: podName(set, ordinal), [podIndexLabel]: String(ordinal) };
}

export function firstOrdinal(set: StatefulSet): number {
  return set.spec?.ordinals?.start ?? 0;
}

/** The claims of one pod, by the names of the volumes that they are for. */
export function claimsFor(set: StatefulSet, ordinal: number): Map<string, PersistentVolumeClaim> {
  const claims = new Map<string, PersistentVolumeClaim>();
  for (const claim of set.spec?.volumeClaimTemplates ?? []) {
    const volume = claim.metadata.name!;
    claims.set(volume, {
      ...claim,
      metadata: {
        ...claim.metadata,
        name: `${volume}-${podName(set, ordinal)}`,
        namespace: set.metadata.namespace,
        labels: { ...claim.metadata.labels, ...set.spec?.selector.matchLabels },
      },
    });
  }
  return claims;
}

export function podForSet(set: StatefulSet, revision: ControllerRevision, ordinal: number): Partial<Pod> {
  const base = podFromTemplate(templateOf(revision), set, controllerReference(statefulSets, set));
  const name = podName(set, ordinal);
  const { generateName: _, ...metadata } = base.metadata!;
  return {
    metadata: {
      ...metadata,
      name,
      labels: {
        ...metadata.labels,
        [revisionHashLabel]: revision.metadata.name!,
        ...identityLabels(set, ordinal),
      },
    },
    spec: {
      ...base.spec!,
      hostname: name,
      ...(set.spec?.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...volumesFor(set, base.spec?.volumes ?? [], ordinal),
    },
  };
}

/** A claim's volume takes the place of a template's volume with the same name. */
function volumesFor(set: StatefulSet, volumes: readonly Volume[], ordinal: number): { volumes?: Volume[] } {
  const claims = claimsFor(set, ordinal);
  if (claims.size === 0) return volumes.length > 0 ? { volumes: [...volumes] } : {};
  const claimed = Array.from(
    claims,
    ([name, claim]): Volume => ({
      name,
      persistentVolumeClaim: { claimName: claim.metadata.name! },
    }),
  );
  return { volumes: [...claimed, ...volumes.filter(volume => !claims.has(volume.name))] };
}
