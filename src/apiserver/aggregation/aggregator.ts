import type { ResourceDefinition } from '#api/definition.ts';
import type { APIGroupDiscovery, APIVersionDiscovery } from '#api/generated/types/apidiscovery.v2.ts';
import type { APIService } from '#api/generated/types/apiregistration.v1.ts';
import type { APIGroup, GroupVersionForDiscovery } from '#api/generated/types/meta.v1.ts';
import { DisposableStore } from '#base/disposable.ts';
import type { Log } from '#base/log.ts';
import type { Client } from '#client/client.ts';
import { StatusError } from '#machinery/status.ts';
import { etagOf } from '../discovery/aggregated.ts';
import { hostPort } from '../proxy/backends.ts';
import { forward } from '../proxy/forward.ts';
import type { ApiRequest, RequestInfo } from '../request.ts';
import type { Catalog } from '../resources/served.ts';
import type { ApiResponse } from '../response.ts';
import { Autoregister } from './autoregister.ts';
import { AvailabilityController } from './availability.ts';
import { type ExtensionServerOptions, ExtensionServers } from './extension-servers.ts';
import { identityHeaders } from './front-proxy.ts';
import { type DiscoveredGroup, type Priorities, mergeGroups, sortVersions } from './merge-discovery.ts';
import { type Documents, MergedOpenApi } from './merged-openapi.ts';
import { RemoteDiscovery } from './remote-discovery.ts';
import { RemoteOpenApi, openApiPath } from './remote-openapi.ts';
import { type RemoteService, RemoteServices, apiServicesBucket } from './remote-services.ts';
import { apiServiceName } from './priorities.ts';

export interface AggregatorOptions extends ExtensionServerOptions {
  readonly catalog: Catalog;
  /** What this server serves whatever its state; the rest of the catalog is custom resources. */
  readonly builtIn: readonly ResourceDefinition[];
  readonly log: Log;
}

/** Serves the group versions of extension API servers beside this server's own (KEP-263). */
export class Aggregator implements Disposable {
  readonly #options: AggregatorOptions;
  readonly #remotes: RemoteServices;
  readonly #servers: ExtensionServers;
  readonly #discovery: RemoteDiscovery;
  readonly #openApi: MergedOpenApi;
  readonly #remoteOpenApi: RemoteOpenApi;
  readonly #life = new DisposableStore();
  readonly #merged = new Map<string, { readonly key: string; readonly response: ApiResponse }>();

  constructor(options: AggregatorOptions) {
    this.#options = options;
    this.#servers = new ExtensionServers(options);
    this.#remotes = this.#life.add(new RemoteServices(options.cache));
    const parts = { ...options, remotes: this.#remotes, servers: this.#servers };
    this.#discovery = this.#life.add(new RemoteDiscovery(parts));
    this.#remoteOpenApi = this.#life.add(new RemoteOpenApi(parts));
    this.#openApi = this.#life.add(new MergedOpenApi(this.#remoteOpenApi, options.clock));
  }

  /** Starts what keeps APIServices and their conditions, once the server answers. */
  run(client: Client): void {
    const parts = { ...this.#options, remotes: this.#remotes, servers: this.#servers, client };
    this.#life.add(new Autoregister(parts, this.#options.builtIn));
    this.#life.add(new AvailabilityController(parts));
  }

  [Symbol.dispose](): void {
    this.#life[Symbol.dispose]();
  }

  /** The answer of an extension API server; undefined where this server itself is to answer. */
  answer(request: ApiRequest, info: RequestInfo, documents: Documents): Promise<ApiResponse> | undefined {
    if (this.#remotes.size === 0) return undefined;
    const remote = this.#remoteOf(request.path, info);
    if (remote) return this.#page(remote, request) ?? this.#proxy(remote, request);
    if (info.isResource) return undefined;
    if (/^\/openapi\/v[23]\/?$/.test(request.path)) return this.#openApi.answer(request, documents);
    const [root, group, ...rest] = request.path.split('/').filter(part => part !== '');
    if (root !== 'apis' || rest.length > 0) return undefined;
    return group === undefined ? this.#groups(request, documents) : this.#group(group, request, documents);
  }

  #remoteOf(path: string, info: RequestInfo): RemoteService | undefined {
    if (info.isResource) return this.#remotes.find(info.group, info.version);
    const [root, first = '', second] = path.split('/').filter(part => part !== '');
    if (root === 'apis' && second !== undefined) return this.#remotes.find(first, second);
    if (root === 'openapi') return this.#remoteOfOpenApi(path);
    return root === 'api' ? this.#remotes.find('', first) : undefined;
  }

  /** What is said in OpenAPI 3 for a server that has version 2 alone. */
  #page(remote: RemoteService, request: ApiRequest): Promise<ApiResponse> | undefined {
    const page = request.path.startsWith('/openapi/') ? this.#remoteOpenApi.page(remote) : undefined;
    if (!page) return undefined;
    const { contentType, body, etag } = page;
    const response = { type: 'bytes', status: 200, contentType, body, headers: { etag } } as const;
    return Promise.resolve(notModified(request, response));
  }

  /** /openapi/v3/apis/G/V is the extension's own page. */
  #remoteOfOpenApi(path: string): RemoteService | undefined {
    for (const remote of this.#remotes.all()) {
      if (path === `/openapi/v3/${openApiPath(remote)}`) return remote;
    }
    return undefined;
  }

  async #proxy(remote: RemoteService, request: ApiRequest): Promise<ApiResponse> {
    if (!remote.available) return unavailable('service unavailable');
    const headers = identityHeaders(request.user);
    try {
      const backend = this.#servers.locate(remote.object);
      const { path } = request;
      const { backends } = this.#servers;
      return await forward({ backends, backend, request, path, headers, host: hostPort(backend) });
    } catch (error) {
      this.#options.log.info('an extension API server cannot be reached', {
        apiService: remote.name,
        error: (error as Error).message,
      });
      return unavailable(error instanceof StatusError ? error.message : 'service unavailable');
    }
  }

  async #groups(request: ApiRequest, documents: Documents): Promise<ApiResponse> {
    const local = await documents(withoutValidator(request));
    if (local.type !== 'bytes' || local.status !== 200) return local;
    const key = `${this.#discovery.generation} ${local.headers?.etag ?? local.body}`;
    let merged = this.#merged.get(local.contentType);
    if (merged?.key !== key) {
      merged = { key, response: this.#merge(local) };
      this.#merged.set(local.contentType, merged);
    }
    return notModified(request, merged.response);
  }

  #merge(local: ApiResponse & { type: 'bytes' }): ApiResponse {
    const document = JSON.parse(String(local.body)) as {
      kind: string;
      items?: APIGroupDiscovery[];
      groups?: APIGroup[];
    };
    if (document.kind === 'APIGroupList') {
      const groups = mergeGroups(document.groups ?? [], this.#legacyGroups(), this.#priorities).map(
        legacyGroup,
      );
      return { ...local, body: JSON.stringify({ ...document, groups }) };
    }
    const items = mergeGroups<APIVersionDiscovery>(
      (document.items ?? []).map(item => ({
        name: item.metadata?.name ?? '',
        versions: item.versions ?? [],
      })),
      this.#remoteGroups(remote => this.#discovery.versionOf(remote)),
      this.#priorities,
    ).map(({ name, versions }) => ({ metadata: { name }, versions }));
    const etag = `"${etagOf(JSON.stringify(items))}"`;
    const headers = { ...local.headers, etag };
    return { ...local, headers, body: JSON.stringify({ ...document, items }) };
  }

  async #group(name: string, request: ApiRequest, documents: Documents): Promise<ApiResponse> {
    const remote = this.#legacyGroups().find(group => group.name === name);
    if (!remote) return documents(request);
    const local = await documents(withoutValidator(request));
    const own =
      local.type === 'bytes' && local.status === 200 ? [JSON.parse(String(local.body)) as APIGroup] : [];
    const [merged] = mergeGroups(own, [remote], this.#priorities);
    const body = JSON.stringify({ kind: 'APIGroup', apiVersion: 'v1', ...legacyGroup(merged!) });
    return { type: 'bytes', status: 200, contentType: 'application/json', body };
  }

  #legacyGroups(): DiscoveredGroup<GroupVersionForDiscovery>[] {
    return this.#remoteGroups(({ group, version }) => ({ groupVersion: `${group}/${version}`, version }));
  }

  #remoteGroups<V extends { version: string }>(
    versionOf: (remote: RemoteService) => V,
  ): DiscoveredGroup<V>[] {
    const groups = new Map<string, V[]>();
    for (const remote of this.#remotes.all()) {
      if (remote.group === '') continue;
      groups.set(remote.group, [...(groups.get(remote.group) ?? []), versionOf(remote)]);
    }
    return [...groups].map(([name, versions]) => ({
      name,
      versions: sortVersions(name, versions, this.#priorities),
    }));
  }

  /** As APIServices tell; apiregistration.k8s.io has none and comes first. */
  get #priorities(): Priorities {
    const bucket = this.#options.cache.bucket(apiServicesBucket);
    const groups = new Map<string, number>([['apiregistration.k8s.io', Number.POSITIVE_INFINITY]]);
    for (const { object } of bucket.objects()) {
      const { group = '', groupPriorityMinimum = 0 } = (object as APIService).spec ?? {};
      groups.set(group, Math.max(groups.get(group) ?? 0, groupPriorityMinimum));
    }
    return {
      group: name => groups.get(name) ?? 0,
      version: (group, version) => {
        const found = bucket.get(apiServiceName({ group, version }))?.object as APIService | undefined;
        return found?.spec?.versionPriority ?? 0;
      },
    };
  }
}

function legacyGroup({ name, versions }: DiscoveredGroup<GroupVersionForDiscovery>): APIGroup {
  return { name, versions: [...versions], preferredVersion: versions[0]! };
}

function unavailable(text: string): ApiResponse {
  return {
    type: 'bytes',
    status: 503,
    contentType: 'text/plain; charset=utf-8',
    headers: { 'x-content-type-options': 'nosniff' },
    body: `${text}\n`,
  };
}

function withoutValidator(request: ApiRequest): ApiRequest {
  return { ...request, headers: { ...request.headers, 'if-none-match': undefined } };
}

function notModified({ headers }: ApiRequest, response: ApiResponse): ApiResponse {
  if (response.type !== 'bytes' || !response.headers?.etag) return response;
  return headers['if-none-match'] === response.headers.etag
    ? { ...response, status: 304, body: '' }
    : response;
}
