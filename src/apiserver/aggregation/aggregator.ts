import type { ResourceDefinition } from '#api/definition.ts';
import type { APIGroupDiscovery, APIVersionDiscovery } from '#api/generated/types/apidiscovery.v2.ts';
import type { APIService } from '#api/generated/types/apiregistration.v1.ts';
import type { APIGroup, GroupVersionForDiscovery } from '#api/generated/types/meta.v1.ts';
import { DisposableStore } from '#base/disposable.ts';
import { CounterFamily, type MetricFamily, SampledFamily } from '#base/metric-families.ts';
import type { Log } from '#base/log.ts';
import type { Client } from '#client/client.ts';
import { StatusError } from '#machinery/status.ts';
import { etagOf } from '../discovery/aggregated.ts';
import type { DiscoveryDocument } from '../discovery/discovery.ts';
import { discoveryForm, presentDiscovery } from '../discovery/present.ts';
import type { Services } from '../handlers/context.ts';
import { prettyText } from '../http/negotiate.ts';
import { hostPort } from '../proxy/backends.ts';
import { forward, isUpgrade } from '../proxy/forward.ts';
import type { ApiRequest, RequestInfo } from '../request.ts';
import type { Catalog } from '../resources/served.ts';
import type { ApiResponse } from '../response.ts';
import { Autoregister } from './autoregister.ts';
import { AvailabilityController } from './availability.ts';
import { type ExtensionServerOptions, ExtensionServers } from './extension-servers.ts';
import { identityHeaders } from './front-proxy.ts';
import { type DiscoveredGroup, type Priorities, mergeGroups, sortVersions } from './merge-discovery.ts';
import { MergedOpenApi } from './merged-openapi.ts';
import { RemoteDiscovery } from './remote-discovery.ts';
import { RemoteOpenApi, openApiPath } from './remote-openapi.ts';
import {
  type RemoteService,
  RemoteServices,
  apiServicesBucket,
  availableCondition,
} from './remote-services.ts';
import { apiServiceName } from './priorities.ts';

export interface AggregatorOptions extends ExtensionServerOptions, Pick<Services, 'schemas' | 'protobuf'> {
  readonly catalog: Catalog;
  /** What this server serves whatever its state; the rest of the catalog is custom resources. */
  readonly builtIn: readonly ResourceDefinition[];
  readonly log: Log;
}

/** What this server itself tells of what it serves. */
export interface LocalDocuments {
  answer(request: ApiRequest): Promise<ApiResponse>;
  discovered(path: string, isAggregated: boolean): DiscoveryDocument | undefined;
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
  readonly #becameUnavailable = new CounterFamily({
    name: 'aggregator_unavailable_apiservice_total',
    help: 'How often an APIService became unavailable, and why.',
    stability: 'ALPHA',
  });
  readonly families: readonly MetricFamily[] = [
    new SampledFamily(
      {
        name: 'aggregator_unavailable_apiservice',
        help: 'Whether an APIService is unavailable (1).',
        stability: 'ALPHA',
      },
      () => this.#unavailable(),
    ),
    this.#becameUnavailable,
  ];
  /** By whether it is the aggregated form. */
  readonly #merged = new Map<boolean, { readonly key: string; readonly document: DiscoveryDocument }>();

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
    this.#life.add(new AvailabilityController({ ...parts, unavailable: this.#becameUnavailable }));
  }

  [Symbol.dispose](): void {
    this.#life[Symbol.dispose]();
  }

  /** The answer of an extension API server; undefined where this server itself is to answer. */
  answer(request: ApiRequest, info: RequestInfo, local: LocalDocuments): Promise<ApiResponse> | undefined {
    if (this.#remotes.size === 0) return undefined;
    const remote = this.#remoteOf(request.path, info);
    if (remote) return this.#page(remote, request) ?? this.#proxy(remote, request);
    if (info.isResource) return undefined;
    if (/^\/openapi\/v[23]\/?$/.test(request.path)) {
      return this.#openApi.answer(request, asked => local.answer(asked));
    }
    const [root, group, ...rest] = request.path.split('/').filter(part => part !== '');
    if (root === undefined) return this.#index(request, local);
    if (root !== 'apis' || rest.length > 0) return undefined;
    return this.#discover(group, request, local);
  }

  /** Whether an extension API server is to answer. */
  isRemote(path: string, info: RequestInfo): boolean {
    return this.#remotes.size > 0 && this.#remoteOf(path, info) !== undefined;
  }

  *#unavailable(): Generator<readonly [labels: { readonly name: string }, value: number]> {
    for (const { object } of this.#options.cache.bucket(apiServicesBucket).objects()) {
      const isAvailable = availableCondition(object as APIService)?.status === 'True';
      yield [{ name: object.metadata.name! }, isAvailable ? 0 : 1];
    }
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
    const { auditId } = request.origin;
    try {
      const backend = this.#servers.locate(remote.object);
      const host = hostPort(backend);
      const headers = {
        ...identityHeaders(request.user),
        ...(auditId ? { 'audit-id': auditId } : {}),
        ...(isUpgrade(request) ? {} : { 'x-forwarded-host': host, 'x-forwarded-proto': 'https' }),
      };
      const path = plainPath(request.path);
      const query = sortedQuery(request.query);
      const { backends } = this.#servers;
      const place = { backends, backend, host, prefix: '', path, query };
      return await forward({ ...place, request, headers, refusesRedirects: true });
    } catch (error) {
      this.#options.log.info('an extension API server cannot be reached', {
        apiService: remote.name,
        error: (error as Error).message,
      });
      return unavailable(error instanceof StatusError ? error.message : 'service unavailable');
    }
  }

  /** Of all paths, whoever has them. */
  async #index(request: ApiRequest, local: LocalDocuments): Promise<ApiResponse> {
    const answer = await local.answer(request);
    if (answer.type !== 'bytes' || answer.status !== 200) return answer;
    const { paths } = JSON.parse(String(answer.body)) as { paths: string[] };
    const all = new Set(paths);
    for (const remote of this.#remotes.all()) {
      if (remote.group !== '') all.add(`/apis/${remote.group}`);
      all.add(`/${openApiPath(remote)}`);
    }
    return { ...answer, body: prettyText({ paths: [...all].sort() }) };
  }

  async #discover(
    group: string | undefined,
    request: ApiRequest,
    local: LocalDocuments,
  ): Promise<ApiResponse> {
    const form = discoveryForm(request);
    const own = local.discovered(request.path, form.isAggregated);
    const document = group === undefined ? this.#groups(own!, form.isAggregated) : this.#group(group, own);
    return document ? presentDiscovery(this.#options, request, document, form) : local.answer(request);
  }

  #groups(own: DiscoveryDocument, isAggregated: boolean): DiscoveryDocument {
    const key = `${this.#discovery.generation} ${own.etag ?? own.json}`;
    let merged = this.#merged.get(isAggregated);
    if (merged?.key !== key) {
      merged = { key, document: this.#merge(own) };
      this.#merged.set(isAggregated, merged);
    }
    return merged.document;
  }

  #merge({ json }: DiscoveryDocument): DiscoveryDocument {
    const list = JSON.parse(json) as { kind: string; items?: APIGroupDiscovery[]; groups?: APIGroup[] };
    if (list.kind === 'APIGroupList') {
      const groups = mergeGroups(list.groups ?? [], this.#legacyGroups(), this.#priorities).map(legacyGroup);
      return { json: JSON.stringify({ ...list, groups }) };
    }
    const items = mergeGroups<APIVersionDiscovery>(
      (list.items ?? []).map(item => ({ name: item.metadata?.name ?? '', versions: item.versions ?? [] })),
      this.#remoteGroups(remote => this.#discovery.versionOf(remote)),
      this.#priorities,
    ).map(({ name, versions }) => ({ metadata: { name }, versions }));
    return { json: JSON.stringify({ ...list, items }), etag: `"${etagOf(JSON.stringify(items))}"` };
  }

  /** Undefined where no extension API server has a part in the group. */
  #group(name: string, own: DiscoveryDocument | undefined): DiscoveryDocument | undefined {
    const remote = this.#legacyGroups().find(group => group.name === name);
    if (!remote) return undefined;
    const [merged] = mergeGroups(own ? [JSON.parse(own.json) as APIGroup] : [], [remote], this.#priorities);
    return { json: JSON.stringify({ kind: 'APIGroup', apiVersion: 'v1', ...legacyGroup(merged!) }) };
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

/**
 * Escaped as Go writes a path, whatever its client has escaped; but that a slash which was none to this server, when it looked
 * who may ask, is none to the extension API server either.
 */
function plainPath(path: string): string {
  return path.replace(/%[0-9a-fA-F]{2}|[^A-Za-z0-9\-_.~$&+,/:;=@%]/g, text => {
    const code = text.length === 1 ? text.charCodeAt(0) : Number.parseInt(text.slice(1), 16);
    const character = String.fromCharCode(code);
    if (/[A-Za-z0-9\-_.~$&+,:;=@]/.test(character)) return character;
    return `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

/** As Go's url.Values writes it: by names in their order. */
function sortedQuery(query: URLSearchParams): string {
  if (query.size === 0) return '';
  const sorted = new URLSearchParams(query);
  sorted.sort();
  return sorted.toString().replaceAll('*', '%2A').replaceAll('%7E', '~');
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

function notModified({ headers }: ApiRequest, response: ApiResponse): ApiResponse {
  if (response.type !== 'bytes' || !response.headers?.etag) return response;
  return headers['if-none-match'] === response.headers.etag
    ? { ...response, status: 304, body: '' }
    : response;
}
