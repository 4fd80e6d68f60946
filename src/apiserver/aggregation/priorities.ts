import type { APIService } from '#api/generated/types/apiregistration.v1.ts';

/** Where groups stand in discovery, highest first (upstream's table for its own groups). */
const groupPriorities: Readonly<Record<string, number>> = {
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'admissionregistration.k8s.io': 16_700,
  'apiextensions.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'resource.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
  'internal.apiserver.k8s.io': 16_000,
  'storagemigration.k8s.io': 15_800,
};

const versionPriorities: Readonly<Record<string, number>> = {
  '/v1': 1,
  'autoscaling/v2': 30,
  'flowcontrol.apiserver.k8s.io/v1': 21,
  'resource.k8s.io/v1': 21,
};
const stableVersionPriority = 15;
const betaVersionPriority = 9;

/** Of the groups of custom resources. */
const customPriorities = { groupPriorityMinimum: 1000, versionPriority: 100 };

export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

export type Registration = 'onstart' | 'true';

export const automanagedLabel = 'kube-aggregator.kubernetes.io/automanaged';

export function apiServiceName({ group, version }: GroupVersion): string {
  return `${version}.${group}`;
}

/** The APIService of a group version that this server itself serves; undefined for a group that nobody registers. */
export function localApiService(served: GroupVersion, isCustom: boolean): APIService | undefined {
  const priorities = isCustom ? customPriorities : builtInPriorities(served);
  if (!priorities) return undefined;
  const registration: Registration = isCustom ? 'true' : 'onstart';
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: apiServiceName(served), labels: { [automanagedLabel]: registration } },
    spec: { ...served, ...priorities },
  };
}

function builtInPriorities({ group, version }: GroupVersion): typeof customPriorities | undefined {
  const groupPriorityMinimum = groupPriorities[group];
  if (groupPriorityMinimum === undefined) return undefined;
  const usual = /(alpha|beta)/.test(version) ? betaVersionPriority : stableVersionPriority;
  return { groupPriorityMinimum, versionPriority: versionPriorities[`${group}/${version}`] ?? usual };
}

/** Every group version of some definitions, once. */
export function groupVersionsOf(
  definitions: readonly {
    readonly group: string;
    readonly versions: readonly { readonly version: string }[];
  }[],
): GroupVersion[] {
  const found = new Map<string, GroupVersion>();
  for (const { group, versions } of definitions) {
    for (const { version } of versions) found.set(`${group}/${version}`, { group, version });
  }
  return [...found.values()];
}

/** The objects that a server registers of itself at its start. */
export function builtInApiServices(definitions: Parameters<typeof groupVersionsOf>[0]): APIService[] {
  return groupVersionsOf(definitions).flatMap(served => localApiService(served, false) ?? []);
}
