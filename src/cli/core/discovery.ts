import type { ResourceRef } from '#machinery/object.ts';
import { StatusError } from '#machinery/status.ts';
import { NoResourceMatchError } from '../errors.ts';
import type { ApiClient } from './api-client.ts';

/** A served resource as discovery describes it. */
export interface Mapping extends ResourceRef {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
}

interface AggregatedResource {
  resource: string;
  responseKind?: { kind: string };
  scope: string;
  singularResource?: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
  subresources?: { subresource: string }[];
}

interface AggregatedGroups {
  kind: string;
  items: {
    metadata?: { name?: string };
    versions: { version: string; resources?: AggregatedResource[] }[];
  }[];
}

interface LegacyResource {
  name: string;
  singularName?: string;
  namespaced: boolean;
  kind: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
}

const aggregated = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',');

/** Names of resources and kinds, by the server's discovery. One read for the life of the command. */
export class RestMapper {
  /** Groups in the server's order, the preferred version of each first. */
  readonly mappings: readonly Mapping[];
  /** group/version pairs in the same order. */
  readonly groupVersions: readonly { group: string; version: string }[];
  /** Groups whose resources could not be read (an aggregated API that is down). */
  readonly failures: readonly string[];
  readonly #warn: (text: string) => void;

  constructor(
    groups: readonly DiscoveredVersion[],
    failures: readonly string[],
    warn: (text: string) => void = () => undefined,
  ) {
    this.#warn = warn;
    this.mappings = groups.flatMap(version => version.resources);
    this.groupVersions = groups.map(({ group, version }) => ({ group, version }));
    this.failures = failures;
  }

  /** Reads discovery: the aggregated form where the server has it, group by group where not. */
  static async read(api: ApiClient, warn: (text: string) => void): Promise<RestMapper> {
    const failures: string[] = [];
    const [core, named] = await Promise.all([
      readTop(api, '/api', failures),
      readTop(api, '/apis', failures).catch(error => {
        if (error instanceof StatusError && error.code === 404) return [];
        throw error;
      }),
    ]);
    return new RestMapper([...core, ...named], failures, warn);
  }

  /** The mapping of 'deploy', 'deployments.apps' or 'deployments.v1.apps'. */
  resource(name: string): Mapping {
    const found = this.find(name);
    if (found) return found;
    throw new NoResourceMatchError(name.split('.')[0]!);
  }

  find(name: string): Mapping | undefined {
    const [resource, ...rest] = name.toLowerCase().split('.');
    const [version, ...group] = rest;
    if (rest.length === 0) return this.#match(resource!, () => true);
    return (
      this.#match(resource!, m => m.version === version && m.group === group.join('.')) ??
      this.#match(resource!, m => m.group === rest.join('.')) ??
      this.#match(resource!, m => m.group.startsWith(rest.join('.')) && rest.join('.') !== '')
    );
  }

  /** A plural or singular name wins over a short one, in any group. */
  #match(resource: string, accepts: (mapping: Mapping) => boolean): Mapping | undefined {
    return (
      this.mappings.find(m => (m.resource === resource || m.singular === resource) && accepts(m)) ??
      this.#shortNamed(resource, accepts) ??
      this.mappings.find(m => m.kind.toLowerCase() === resource && accepts(m))
    );
  }

  /** The first resource of a short name; the others of that name are told of. */
  #shortNamed(name: string, accepts: (mapping: Mapping) => boolean): Mapping | undefined {
    const [first, ...others] = this.preferred(m => m.shortNames.includes(name) && accepts(m));
    for (const { resource, group } of others)
      this.#warn(
        `short name ${JSON.stringify(name)} could also match lower priority resource ${group ? `${resource}.${group}` : resource}`,
      );
    return first;
  }

  /** The mapping that serves objects of a kind. */
  kind(group: string, version: string, kind: string): Mapping | undefined {
    return this.mappings.find(m => m.group === group && m.version === version && m.kind === kind);
  }

  /** Every listable resource of a category ('all'), in the server's order; preferred versions only. */
  category(name: string): Mapping[] {
    return this.preferred(m => m.categories.includes(name));
  }

  /** Each resource once, in its group's preferred version. */
  preferred(accepts: (mapping: Mapping) => boolean = () => true): Mapping[] {
    const seen = new Set<string>();
    return this.mappings.filter(m => {
      if (!accepts(m)) return false;
      const key = `${m.group}/${m.resource}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  }
}

interface DiscoveredVersion {
  readonly group: string;
  readonly version: string;
  readonly resources: Mapping[];
}

async function readTop(api: ApiClient, path: string, failures: string[]): Promise<DiscoveredVersion[]> {
  const body = (await api.request({ method: 'GET', path, headers: { accept: aggregated } })) as
    | AggregatedGroups
    | { kind: 'APIVersions'; versions: string[] }
    | {
        kind: 'APIGroupList';
        groups: {
          name: string;
          versions: { version: string }[];
          preferredVersion?: { version: string };
        }[];
      };
  if (body.kind === 'APIGroupDiscoveryList') return fromAggregated(body as AggregatedGroups);
  const wanted =
    'groups' in body
      ? body.groups.flatMap(group =>
          preferredFirst(
            group.versions.map(v => v.version),
            group.preferredVersion?.version,
          ).map(version => ({ group: group.name, version })),
        )
      : 'versions' in body
        ? body.versions.map(version => ({ group: '', version }))
        : [];
  const read = await Promise.all(
    wanted.map(({ group, version }) => readLegacy(api, group, version, failures)),
  );
  return read.filter(version => version !== undefined);
}

function preferredFirst(versions: string[], preferred: string | undefined): string[] {
  return [...versions].sort((a, b) => Number(b === preferred) - Number(a === preferred));
}

function fromAggregated(body: AggregatedGroups): DiscoveredVersion[] {
  return body.items.flatMap(item =>
    item.versions.map(({ version, resources }) => ({
      group: item.metadata?.name ?? '',
      version,
      resources: (resources ?? []).map(resource => ({
        group: item.metadata?.name ?? '',
        version,
        resource: resource.resource,
        kind: resource.responseKind?.kind ?? '',
        namespaced: resource.scope === 'Namespaced',
        singular: resource.singularResource || resource.resource,
        shortNames: resource.shortNames ?? [],
        categories: resource.categories ?? [],
        verbs: resource.verbs,
        subresources: (resource.subresources ?? []).map(sub => sub.subresource),
      })),
    })),
  );
}

async function readLegacy(
  api: ApiClient,
  group: string,
  version: string,
  failures: string[],
): Promise<DiscoveredVersion | undefined> {
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  try {
    const body = (await api.request({ method: 'GET', path })) as { resources?: LegacyResource[] };
    const all = body.resources ?? [];
    const resources = all
      .filter(resource => !resource.name.includes('/'))
      .map(resource => ({
        group,
        version,
        resource: resource.name,
        kind: resource.kind,
        namespaced: resource.namespaced,
        singular: resource.singularName || resource.kind.toLowerCase(),
        shortNames: resource.shortNames ?? [],
        categories: resource.categories ?? [],
        verbs: resource.verbs,
        subresources: all
          .filter(other => other.name.startsWith(`${resource.name}/`))
          .map(other => other.name.slice(resource.name.length + 1)),
      }));
    return { group, version, resources };
  } catch (error) {
    failures.push(`${group}/${version}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
