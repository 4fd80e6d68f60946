import { compareVersions } from '../discovery/order.ts';

/** A group in either form of discovery, with its versions. */
export interface DiscoveredGroup<V> {
  readonly name: string;
  readonly versions: readonly (V & { readonly version: string })[];
}

/** Where a group version stands; the higher the earlier. */
export interface Priorities {
  group(name: string): number;
  version(group: string, version: string): number;
}

/** Groups that this server serves and those that others do, as one list in the order of their priorities. */
export function mergeGroups<V>(
  local: readonly DiscoveredGroup<V>[],
  remote: readonly DiscoveredGroup<V>[],
  priorities: Priorities,
): DiscoveredGroup<V>[] {
  const merged = new Map(local.map(group => [group.name, group]));
  for (const group of remote) {
    const known = merged.get(group.name);
    merged.set(group.name, known ? withVersions(known, group, priorities) : group);
  }
  return [...merged.values()].sort((a, b) => {
    const byPriority = priorities.group(b.name) - priorities.group(a.name);
    return byPriority || (a.name < b.name ? -1 : 1);
  });
}

function withVersions<V>(
  known: DiscoveredGroup<V>,
  more: DiscoveredGroup<V>,
  priorities: Priorities,
): DiscoveredGroup<V> {
  const replaced = new Set(more.versions.map(({ version }) => version));
  const kept = known.versions.filter(({ version }) => !replaced.has(version));
  return { ...known, versions: sortVersions(known.name, [...kept, ...more.versions], priorities) };
}

/** The preferred one first. */
export function sortVersions<V extends { readonly version: string }>(
  group: string,
  versions: readonly V[],
  priorities: Priorities,
): V[] {
  return [...versions].sort((a, b) => {
    const byPriority = priorities.version(group, b.version) - priorities.version(group, a.version);
    return byPriority || compareVersions(a.version, b.version);
  });
}
