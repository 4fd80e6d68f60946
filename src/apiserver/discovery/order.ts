import type { ResourceDefinition } from '#api/definition.ts';

/** One served version of a group with its resources, in name order. */
export interface ServedGroupVersion {
  readonly group: string;
  readonly version: string;
  readonly definitions: readonly ResourceDefinition[];
}

export interface ServedGroup {
  readonly name: string;
  /** The preferred one first. */
  readonly versions: readonly ServedGroupVersion[];
}

/** Built-in groups in the order in which upstream's aggregator ranks them; all others come after, by name. */
const ranked: readonly string[] = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
];

/** The groups that the definitions make up, in the order of discovery. */
export function servedGroups(definitions: readonly ResourceDefinition[]): ServedGroup[] {
  const groups = new Map<string, Map<string, ResourceDefinition[]>>();
  for (const definition of definitions) {
    const versions = groups.get(definition.group) ?? new Map<string, ResourceDefinition[]>();
    groups.set(definition.group, versions);
    for (const { version } of definition.versions) {
      const list = versions.get(version);
      if (list) list.push(definition);
      else versions.set(version, [definition]);
    }
  }
  return [...groups.keys()].sort(compareGroups).map(name => ({
    name,
    versions: [...groups.get(name)!]
      .sort(([a], [b]) => compareVersions(a, b))
      .map(([version, list]) => ({ group: name, version, definitions: list.sort(byResource) })),
  }));
}

function byResource(a: ResourceDefinition, b: ResourceDefinition): number {
  return a.resource < b.resource ? -1 : a.resource > b.resource ? 1 : 0;
}

function compareGroups(a: string, b: string): number {
  const rank = (name: string) => (ranked.includes(name) ? ranked.indexOf(name) : ranked.length);
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

/** Newest and most stable first: v2, v1, v1beta1, v1alpha1, then what is no version of Kubernetes' form. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [parseVersion(a), parseVersion(b)];
  if (!x || !y) return x ? -1 : y ? 1 : a < b ? -1 : 1;
  return y.stability - x.stability || y.major - x.major || y.minor - x.minor;
}

const stabilities: Readonly<Record<string, number>> = { alpha: 0, beta: 1 };

function parseVersion(text: string): { major: number; stability: number; minor: number } | undefined {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(text);
  if (!match) return undefined;
  return {
    major: Number(match[1]),
    stability: match[2] ? stabilities[match[2]]! : 2,
    minor: Number(match[3] ?? 0),
  };
}
