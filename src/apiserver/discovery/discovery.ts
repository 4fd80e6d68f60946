import type { ResourceDefinition } from '#api/definition.ts';
import type { APIGroup, APIGroupList, APIResourceList } from '#api/generated/types/meta.v1.ts';
import { withoutEnd } from '#base/trim.ts';
import { apiVersionOf } from '#machinery/object.ts';
import { etagOf, groupDiscoveriesJson } from './aggregated.ts';
import { type ServedGroup, servedGroups } from './order.ts';
import { apiResources } from './resources.ts';

/** A document as JSON. */
export interface DiscoveryDocument {
  readonly json: string;
  /** With quotes; absent where upstream gives none. */
  readonly etag?: string;
}

export interface DiscoveryOptions {
  /** host:port, as /api tells clients. */
  readonly serverAddress?: string;
  /** Whether resources tell which version they are stored in. Default true. */
  readonly hasStorageHash?: boolean;
}

/** Answers /api, /api/V, /apis, /apis/G and /apis/G/V for a set of definitions. */
export interface Discovery {
  readonly groups: readonly ServedGroup[];
  /** Undefined where the path is no served document. `isAggregated`: /api and /apis are to hold what is below them. */
  find(path: string, isAggregated: boolean): DiscoveryDocument | undefined;
}

/** Documents are made when first asked for. Build anew when the definitions change. */
export function buildDiscovery(
  definitions: readonly ResourceDefinition[],
  options: DiscoveryOptions = {},
): Discovery {
  return new DefinitionDiscovery(definitions, options);
}

class DefinitionDiscovery implements Discovery {
  readonly groups: readonly ServedGroup[];
  readonly #options: DiscoveryOptions;
  readonly #documents = new Map<string, DiscoveryDocument>();

  constructor(definitions: readonly ResourceDefinition[], options: DiscoveryOptions) {
    this.groups = servedGroups(definitions);
    this.#options = options;
  }

  find(path: string, isAggregated: boolean): DiscoveryDocument | undefined {
    const plain = withoutEnd(path, '/');
    const parts = plain.split('/').slice(1);
    if (parts.includes('') || (plain === '/apis' && path.length > plain.length + 1)) return undefined;
    const isWhole = isAggregated && parts.length === 1 && (parts[0] === 'api' || parts[0] === 'apis');
    const key = `${parts.join('/')}${isWhole ? ' aggregated' : ''}`;
    const known = this.#documents.get(key);
    if (known) return known;
    const made = isWhole ? this.#aggregated(parts[0]!) : this.#legacy(parts);
    if (made) this.#documents.set(key, made);
    return made;
  }

  #aggregated(root: string): DiscoveryDocument {
    const groups = this.groups.filter(group => (group.name === '') === (root === 'api'));
    const items = groupDiscoveriesJson(groups);
    const list = { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {} };
    const json = `${JSON.stringify(list).slice(0, -1)},"items":${items}}`;
    return { json, etag: `"${etagOf(items)}"` };
  }

  #legacy(parts: readonly string[]): DiscoveryDocument | undefined {
    const value = this.#legacyValue(parts);
    return value && { json: JSON.stringify(value) };
  }

  #legacyValue(parts: readonly string[]): object | undefined {
    const [root, first, second] = parts;
    if (root === 'api') {
      if (parts.length === 1) return this.#versions();
      return parts.length === 2 ? this.#resources('', first!) : undefined;
    }
    if (root !== 'apis') return undefined;
    if (parts.length === 1) return this.#groupList();
    if (parts.length === 2) return this.#group(first!);
    return parts.length === 3 ? this.#resources(first!, second!) : undefined;
  }

  #versions(): object {
    const core = this.groups.find(group => group.name === '');
    return {
      kind: 'APIVersions',
      versions: core?.versions.map(v => v.version) ?? [],
      serverAddressByClientCIDRs: [
        { clientCIDR: '0.0.0.0/0', serverAddress: this.#options.serverAddress ?? '' },
      ],
    };
  }

  #groupList(): APIGroupList {
    const groups = this.groups.filter(group => group.name !== '').map(apiGroup);
    return { kind: 'APIGroupList', apiVersion: 'v1', groups };
  }

  #group(name: string): APIGroup | undefined {
    const found = this.groups.find(group => group.name === name && name !== '');
    return found && { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(found) };
  }

  #resources(group: string, version: string): APIResourceList | undefined {
    const served = this.groups.find(g => g.name === group)?.versions.find(v => v.version === version);
    if (!served) return undefined;
    return {
      kind: 'APIResourceList',
      // Clients of old took the core group's without.
      ...(group === '' ? {} : { apiVersion: 'v1' }),
      groupVersion: apiVersionOf(served),
      resources: served.definitions.flatMap(one => apiResources(one, this.#options.hasStorageHash)),
    };
  }
}

function apiGroup(group: ServedGroup): APIGroup {
  const versions = group.versions.map(version => ({
    groupVersion: apiVersionOf(version),
    version: version.version,
  }));
  return { name: group.name, versions, preferredVersion: versions[0]! };
}
