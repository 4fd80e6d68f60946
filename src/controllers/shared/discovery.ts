import type { Breathe } from '#base/time-slice.ts';
import type { Client } from '#client/client.ts';
import type { ResourceRef } from '#machinery/object.ts';

/** A resource that the server serves in its group's preferred version. */
export interface ServedResource extends ResourceRef {
  readonly verbs: readonly string[];
  /** It has the subresource scale. */
  readonly hasScale: boolean;
}

interface GroupDiscovery {
  metadata?: { name?: string };
  versions?: {
    version?: string;
    freshness?: string;
    resources?: {
      resource?: string;
      scope?: string;
      verbs?: string[];
      responseKind?: { kind?: string };
      subresources?: { subresource?: string }[];
    }[];
  }[];
}

interface LegacyList {
  versions?: string[];
  groups?: { name: string; preferredVersion?: { version?: string } }[];
  resources?: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
}

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

export interface DiscoveryOptions {
  readonly signal?: AbortSignal;
  /** Called for every group version whose own server does not answer, so that it may serve more than is known. */
  readonly onStale?: (groupVersion: string) => void;
  /** Asked between pieces of what is told of thousands of kinds. */
  readonly breathe?: Breathe;
}

/** Groups that are looked at without asking whether the turn is spent. */
const groupsAtOnce = 8;

/** What a server serves, each group in its preferred version, without subresources. */
export async function discoverResources(
  client: Client,
  { signal, onStale, breathe }: DiscoveryOptions = {},
): Promise<ServedResource[]> {
  const found: ServedResource[] = [];
  for (const path of ['/api', '/apis']) {
    const body = await get(client, path, signal);
    if ((body as { kind?: string }).kind !== 'APIGroupDiscoveryList') {
      found.push(...(await discoverLegacy(client, path, body as LegacyList, signal)));
      continue;
    }
    const groups = (body as { items?: GroupDiscovery[] }).items ?? [];
    for (let at = 0; at < groups.length; at += groupsAtOnce) {
      await breathe?.();
      const some = groups.slice(at, at + groupsAtOnce);
      for (const group of some) for (const resource of fromGroup(group)) found.push(resource);
      for (const groupVersion of some.flatMap(staleVersions)) onStale?.(groupVersion);
    }
  }
  return found;
}

async function get(client: Client, path: string, signal?: AbortSignal): Promise<unknown> {
  const request = { method: 'GET' as const, path, headers: { accept: aggregated }, signal };
  return (await client.transport.request(request)).body;
}

function fromGroup(group: GroupDiscovery): ServedResource[] {
  const preferred = group.versions?.[0];
  return (preferred?.resources ?? []).map(
    ({ resource = '', scope, verbs = [], responseKind, subresources }) => ({
      group: group.metadata?.name ?? '',
      version: preferred?.version ?? '',
      resource,
      kind: responseKind?.kind ?? '',
      namespaced: scope === 'Namespaced',
      verbs,
      hasScale: subresources?.some(({ subresource }) => subresource === 'scale') ?? false,
    }),
  );
}

function staleVersions({ metadata, versions = [] }: GroupDiscovery): string[] {
  return versions
    .filter(({ freshness }) => freshness === 'Stale')
    .map(({ version }) => `${metadata?.name ?? ''}/${version}`);
}

async function discoverLegacy(
  client: Client,
  path: string,
  list: LegacyList,
  signal?: AbortSignal,
): Promise<ServedResource[]> {
  const versions =
    path === '/api'
      ? (list.versions ?? []).slice(0, 1).map(version => ({ group: '', version, path: `/api/${version}` }))
      : (list.groups ?? []).map(({ name, preferredVersion }) => {
          const version = preferredVersion?.version ?? '';
          return { group: name, version, path: `/apis/${name}/${version}` };
        });
  const found: ServedResource[] = [];
  for (const { group, version, path: versionPath } of versions) {
    const { resources = [] } = (await get(client, versionPath, signal)) as LegacyList;
    const names = new Set(resources.map(({ name }) => name));
    for (const { name, kind, namespaced, verbs } of resources) {
      if (name.includes('/')) continue;
      const hasScale = names.has(`${name}/scale`);
      found.push({ group, version, resource: name, kind, namespaced, verbs, hasScale });
    }
  }
  return found;
}
