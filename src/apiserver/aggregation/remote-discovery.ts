import type {
  APIGroupDiscovery,
  APIResourceDiscovery,
  APIVersionDiscovery,
} from '#api/generated/types/apidiscovery.v2.ts';
import type { APIResource, APIResourceList } from '#api/generated/types/meta.v1.ts';
import type { Clock } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import type { Log } from '#base/log.ts';
import type { ExtensionServers } from './extension-servers.ts';
import { KeyedLoop } from '../keyed-loop.ts';
import type { RemoteService, RemoteServices } from './remote-services.ts';

export interface RemoteDiscoveryOptions {
  readonly remotes: RemoteServices;
  readonly servers: ExtensionServers;
  readonly clock: Clock;
  readonly log: Log;
}

const refreshMs = 60_000;
const retryMsMin = 500;
const accepted = ['v2', 'v2beta1']
  .map(version => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(',');

/** What the group versions of extension API servers hold, fetched anew every minute and whenever an APIService changes. */
export class RemoteDiscovery implements Disposable {
  readonly #options: RemoteDiscoveryOptions;
  readonly #known = new Map<string, APIVersionDiscovery>();
  readonly #life = new DisposableStore();
  readonly #loop: KeyedLoop;
  #generation = 0;

  constructor(options: RemoteDiscoveryOptions) {
    this.#options = options;
    const { remotes, clock, log } = options;
    this.#loop = this.#life.add(
      new KeyedLoop({
        clock,
        log,
        run: name => this.#refresh(name),
        backoffMsMin: retryMsMin,
        backoffMsMax: refreshMs,
        againAfterMs: () => refreshMs,
      }),
    );
    for (const remote of remotes.all()) this.#loop.add(remote.name);
    this.#life.add(remotes.onChange(name => this.#changed(name)));
  }

  /** Grows with every change of what it knows. */
  get generation(): number {
    return this.#generation;
  }

  /** What is known of a group version; stale and empty until its server has answered. */
  versionOf(remote: RemoteService): APIVersionDiscovery {
    return this.#known.get(remote.name) ?? { version: remote.version, freshness: 'Stale' };
  }

  [Symbol.dispose](): void {
    this.#life[Symbol.dispose]();
  }

  #changed(name: string): void {
    this.#generation++;
    if (this.#options.remotes.named(name)) this.#loop.add(name);
    else {
      this.#known.delete(name);
      this.#loop.forget(name);
    }
  }

  async #refresh(name: string): Promise<void> {
    const remote = this.#options.remotes.named(name);
    if (!remote) return;
    try {
      if (!remote.available) throw new Error(`APIService ${name} is not available`);
      this.#learn(name, { ...(await this.#fetch(remote)), freshness: 'Current' });
    } catch (error) {
      this.#learn(name, { ...this.versionOf(remote), freshness: 'Stale' });
      throw error;
    }
  }

  #learn(name: string, version: APIVersionDiscovery): void {
    const before = this.#known.get(name);
    if (before && JSON.stringify(before) === JSON.stringify(version)) return;
    this.#known.set(name, version);
    this.#generation++;
  }

  async #fetch(remote: RemoteService): Promise<APIVersionDiscovery> {
    const { group, version, object } = remote;
    const { servers } = this.#options;
    const answer = await servers.document(object, '/apis', { accept: accepted });
    if (answer.status === 200 && /as=APIGroupDiscoveryList/i.test(answer.contentType)) {
      const { items = [] } = JSON.parse(answer.text) as { items?: APIGroupDiscovery[] };
      const found = items.find(item => (item.metadata?.name ?? '') === group);
      return found?.versions?.find(one => one.version === version) ?? { version };
    }
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const legacy = await servers.document(object, path, { accept: 'application/json' });
    if (legacy.status !== 200)
      throw new Error(`failed to download legacy discovery for ${path}: ${legacy.status}`);
    const { resources = [] } = JSON.parse(legacy.text) as APIResourceList;
    return { version, resources: fromLegacy(resources, { group, version }) };
  }
}

/** The lines of /apis/G/V in the form of aggregated discovery. */
export function fromLegacy(
  resources: readonly APIResource[],
  own: { readonly group: string; readonly version: string },
): APIResourceDiscovery[] {
  const kindOf = ({ group, version, kind }: APIResource) => ({
    group: group || own.group,
    version: version || own.version,
    kind,
  });
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
