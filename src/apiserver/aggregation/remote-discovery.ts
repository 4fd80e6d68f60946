import type {
  APIGroupDiscovery,
  APIResourceDiscovery,
  APIVersionDiscovery,
} from '#api/generated/types/apidiscovery.v2.ts';
import type { APIResource, APIResourceList } from '#api/generated/types/meta.v1.ts';
import type { ExtensionServers } from './extension-servers.ts';
import { RemoteFacts, type RemoteFactsOptions } from './remote-facts.ts';
import type { RemoteService } from './remote-services.ts';

const accepted = ['v2', 'v2beta1']
  .map(version => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(',');

/** What the group versions of extension API servers hold. */
export class RemoteDiscovery implements Disposable {
  readonly #servers: ExtensionServers;
  readonly #facts: RemoteFacts<APIVersionDiscovery>;

  constructor(options: RemoteFactsOptions) {
    this.#servers = options.servers;
    this.#facts = new RemoteFacts(options, {
      fetch: async remote => ({ ...(await this.#fetch(remote)), freshness: 'Current' }),
      outdated: ({ version }) => ({ version, freshness: 'Stale' }),
    });
  }

  /** Grows with every change of what it knows. */
  get generation(): number {
    return this.#facts.generation;
  }

  /** What is known of a group version; stale and empty until its server has answered. */
  versionOf(remote: RemoteService): APIVersionDiscovery {
    return this.#facts.of(remote.name) ?? { version: remote.version, freshness: 'Stale' };
  }

  [Symbol.dispose](): void {
    this.#facts[Symbol.dispose]();
  }

  async #fetch(remote: RemoteService): Promise<APIVersionDiscovery> {
    const { group, version, object } = remote;
    const answer = await this.#servers.document(object, '/apis', { accept: accepted });
    if (answer.status === 200 && /as=APIGroupDiscoveryList/i.test(answer.contentType)) {
      const { items = [] } = JSON.parse(answer.text) as { items?: APIGroupDiscovery[] };
      const found = items.find(item => (item.metadata?.name ?? '') === group);
      return found?.versions?.find(one => one.version === version) ?? { version };
    }
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const legacy = await this.#servers.document(object, path, { accept: 'application/json' });
    if (legacy.status !== 200)
      throw new Error(`failed to download legacy discovery for ${path}: ${legacy.status}`);
    const { resources = [] } = JSON.parse(legacy.text) as APIResourceList;
    return { version, resources: fromLegacy(resources) };
  }
}

/** The lines of /apis/G/V in the form of aggregated discovery. A kind of no group is of the resource's own, there as here. */
export function fromLegacy(resources: readonly APIResource[]): APIResourceDiscovery[] {
  const kindOf = ({ group = '', version = '', kind }: APIResource) =>
    kind ? { group, version, kind } : { group: '', version: '', kind: '' };
  const found = new Map<string, APIResourceDiscovery>();
  for (const resource of resources.filter(({ name }) => !name.includes('/'))) {
    const { name, namespaced, singularName, verbs, shortNames, categories } = resource;
    found.set(name, {
      resource: name,
      responseKind: kindOf(resource),
      scope: namespaced ? 'Namespaced' : 'Cluster',
      singularResource: singularName,
      verbs: [...verbs],
      ...(shortNames ? { shortNames } : {}),
      ...(categories ? { categories } : {}),
    });
  }
  for (const resource of resources) {
    const [parent = '', subresource] = resource.name.split('/');
    const main = found.get(parent);
    if (!subresource || !main) continue;
    main.subresources ??= [];
    main.subresources.push({ subresource, responseKind: kindOf(resource), verbs: [...resource.verbs] });
  }
  return [...found.values()];
}
