import type { ResourceDefinition } from '#api/definition.ts';
import type { APIGroup, APIGroupList, APIResourceList } from '#api/generated/types/meta.v1.ts';
import { apiVersionOf } from '#machinery/object.ts';
import { etagOf, groupDiscoveries } from './aggregated.ts';
import { type ServedGroup, servedGroups } from './order.ts';
import { apiResources } from './resources.ts';

/** A JSON document that is ready to send. */
export interface DiscoveryAnswer {
  readonly contentType: string;
  readonly json: string;
  /** With quotes; absent where upstream gives none. */
  readonly etag?: string;
}

export interface DiscoveryOptions {
  /** host:port, as /api tells clients. */
  readonly serverAddress?: string;
}

/** Answers /api, /api/V, /apis, /apis/G and /apis/G/V for a set of definitions. */
export interface Discovery {
  readonly groups: readonly ServedGroup[];
  /** Undefined where the path is no served document. `accept` is the request's header. */
  answer(path: string, accept: string | undefined): DiscoveryAnswer | undefined;
}

/** Documents are made when first asked for. Build anew when the definitions change. */
export function buildDiscovery(
  definitions: readonly ResourceDefinition[],
  options: DiscoveryOptions = {},
): Discovery {
  return new DefinitionDiscovery(definitions, options);
}

const plainJson = 'application/json';

class DefinitionDiscovery implements Discovery {
  readonly groups: readonly ServedGroup[];
  readonly #options: DiscoveryOptions;
  readonly #answers = new Map<string, DiscoveryAnswer>();

  constructor(definitions: readonly ResourceDefinition[], options: DiscoveryOptions) {
    this.groups = servedGroups(definitions);
    this.#options = options;
  }

  answer(path: string, accept: string | undefined): DiscoveryAnswer | undefined {
    const parts = path.split('/').filter(part => part !== '');
    const isRoot = parts.length === 1 && (parts[0] === 'api' || parts[0] === 'apis');
    const aggregated = isRoot ? aggregatedVersion(accept) : undefined;
    const key = `${parts.join('/')} ${aggregated ?? ''}`;
    const known = this.#answers.get(key);
    if (known) return known;
    const made = aggregated ? this.#aggregated(parts[0]!, aggregated) : this.#legacy(parts);
    if (made) this.#answers.set(key, made);
    return made;
  }

  #aggregated(root: string, version: string): DiscoveryAnswer {
    const items = groupDiscoveries(this.groups.filter(group => (group.name === '') === (root === 'api')));
    const list = {
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${version}`,
      metadata: {},
      items,
    };
    const json = JSON.stringify(list);
    return {
      contentType: `${plainJson};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
      json,
      etag: `"${etagOf(JSON.stringify(items))}"`,
    };
  }

  #legacy(parts: readonly string[]): DiscoveryAnswer | undefined {
    const value = this.#legacyValue(parts);
    return value && { contentType: plainJson, json: JSON.stringify(value) };
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
      apiVersion: 'v1',
      groupVersion: apiVersionOf(served),
      resources: served.definitions.flatMap(apiResources),
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

/** The version of aggregated discovery that the client prefers to plain JSON, if any. */
function aggregatedVersion(accept: string | undefined): string | undefined {
  for (const range of (accept ?? '').split(',')) {
    const [type, ...parameters] = range.split(';').map(part => part.trim().toLowerCase());
    if (type !== plainJson && type !== '*/*' && type !== 'application/*') continue;
    const value = (name: string) => parameters.find(p => p.startsWith(`${name}=`))?.slice(name.length + 1);
    if (value('as') === undefined) return undefined;
    const version = value('v');
    const known = version === 'v2' || version === 'v2beta1';
    if (value('as') === 'apigroupdiscoverylist' && value('g') === 'apidiscovery.k8s.io' && known)
      return version;
  }
  return undefined;
}
