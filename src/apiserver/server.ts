import type { ResourceDefinition } from '#api/definition.ts';
import type { Service } from '#api/generated/types/core.v1.ts';
import type { SchemaRegistry } from '#api/schemas.ts';
import type { Clock } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import type { MetricFamily } from '#base/metric-families.ts';
import { settle } from '#base/settle.ts';
import { TimeSlice } from '#base/time-slice.ts';
import type { Client } from '#client/client.ts';
import { ProtobufCodec } from '#machinery/protobuf.ts';
import { StatusError, statusError } from '#machinery/status.ts';
import type { Store } from '#store/store.ts';
import { Aggregator } from './aggregation/aggregator.ts';
import type { FrontProxy } from './aggregation/front-proxy.ts';
import { AdmissionChain } from './admission/plugin.ts';
import type { Answer } from './answer.ts';
import { audited } from './audit/audited.ts';
import { type AuditOptions, type AuditedRequest, Auditor } from './audit/auditor.ts';
import type { AuditTrail } from './audit/trail.ts';
import { AuditMetrics } from './audit/metrics.ts';
import { AccessMetrics } from './auth/access-metrics.ts';
import { AdmissionMetrics } from './admission/metrics.ts';
import { PolicyStatusKeeper } from './admission/policies/status.ts';
import { QuotaStatusWriter } from './admission/quota-status.ts';
import { type AdmissionSettings, builtInAdmission } from './admission/registry.ts';
import type { BoundRule } from './admission/rules/rule.ts';
import type { Attributes, Decision } from './identity.ts';
import { CsrMetrics } from './csr-metrics.ts';
import { Deadlines, isLongRunning } from './deadlines.ts';
import { flowDump } from './flowcontrol/dump.ts';
import { FeatureGates } from './feature-gates/feature-gates.ts';
import { FilterMetrics } from './filter-metrics.ts';
import { type Flow, FlowControl, RejectedError } from './flowcontrol/flow-control.ts';
import { FlowControlKeeper } from './flowcontrol/keeper.ts';
import type { Seat, Work } from './flowcontrol/seat.ts';
import { workOf } from './flowcontrol/work.ts';
import { Bookmarks } from './handlers/bookmarks.ts';
import type { ResourceRequest, Services } from './handlers/context.ts';
import { PodLogMetrics } from './handlers/pod-log-metrics.ts';
import { route } from './handlers/routes.ts';
import { refusal } from './auth/refusal.ts';
import { LegacyTokenTracking } from './auth/authn/legacy-token-tracking.ts';
import type { ClusterSecurity } from './auth/security.ts';
import type { Descriptions } from './openapi/documents.ts';
import type { HealthCheck } from './health.ts';
import { LateRequest, RequestMetrics, type RunningRequest } from './metrics.ts';
import { type BackendTls, type Backends, noBackends } from './proxy/backends.ts';
import { type Outbound, noOutbound } from './outbound.ts';
import { CelMetrics } from './crd/cel-metrics.ts';
import { ConversionMetrics } from './crd/conversion-metrics.ts';
import { CustomResources } from './crd/controller.ts';
import { CustomSchemas } from './crd/custom-schemas.ts';
import { Documents } from './documents.ts';
import { KnownPaths } from './known-paths.ts';
import { type RequestLimits, defaultLimits } from './limits.ts';
import type { RareForm } from './http/negotiate.ts';
import { type ApiRequest, type RequestInfo, type Target, attributesOf } from './request.ts';
import { startCompaction } from './resources/compaction.ts';
import { CacheMetrics } from './resources/cache-metrics.ts';
import { Committer } from './resources/commit.ts';
import { Races } from './resources/races.ts';
import type { Companions } from './resources/companions.ts';
import { Catalog, type ServedResource } from './resources/served.ts';
import { StateCache } from './resources/state-cache.ts';
import { StorageMetrics } from './resources/storage-metrics.ts';
import type { ApiResponse } from './response.ts';
import { ServiceClaims } from './service-allocation/claims.ts';
import { DefaultRange } from './service-allocation/default-range.ts';
import { AllocationMetrics } from './service-allocation/metrics.ts';
import type { ServiceAllocationOptions } from './service-allocation/plugin.ts';
import { validationMetrics } from './validation-metrics.ts';
import { buildInfo, compatibilityInfo } from './version.ts';
import { type YamlReader, readAhead } from './yaml-reader.ts';
import { ServiceRepair } from './service-allocation/repair.ts';

export interface ApiServerOptions {
  readonly store: Store;
  readonly definitions: readonly ResourceDefinition[];
  readonly schemas: SchemaRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The machine's. */
  readonly hostname: string;
  /** How kubelets and this server prove who they are. Absent: no kubelet serves. */
  readonly kubeletTls?: () => BackendTls;
  /** Absent: this server reaches no network. */
  readonly backends?: Backends;
  /** The way to webhooks; disposed with the server. Absent: none can be reached. */
  readonly outbound?: Outbound;
  /** Reads large YAML; disposed with the server. Absent: it is read as it is decoded. */
  readonly yaml?: YamlReader;
  /** Proves to extension API servers that this server speaks; asked for by whoever first needs it. */
  readonly frontProxy?: () => FrontProxy;
  /** The other parts of the control plane by name, each with what is wrong with it. */
  readonly components?: () => Readonly<Record<string, string | undefined>>;
  readonly serviceAllocation: ServiceAllocationOptions;
  /** What /flagz tells: flags by their names upstream, with the values that this server goes by. */
  readonly flags?: () => Readonly<Record<string, string>>;
  /** What /metrics tells beside what the server knows of itself. */
  readonly metrics?: () => Iterable<MetricFamily>;
  /** What /healthz and /readyz ask beside what the server asks of itself. */
  readonly healthChecks?: readonly HealthCheck[] | undefined;
  /** Who asked for what is told by this policy; absent: it is told to nobody. */
  readonly audit?: AuditOptions;
  /** The user's rules of admission, asked for at each request. Absent: there are none. */
  readonly rules?: () => readonly BoundRule[];
  /** What requests may take, where that is not as usual. */
  readonly limits?: Partial<RequestLimits> | undefined;
  /** Absent: all features are as they are by default. */
  readonly features?: FeatureGates | undefined;
  /** Which plugins of admission are on, and how they go about it. */
  readonly admission?: AdmissionSettings | undefined;
  /** Texts for OpenAPI; without them the documents hold none. */
  readonly descriptions?: () => Descriptions | undefined;
  /** Shared with the other parts on this event loop; absent: the server has its own. */
  readonly slice?: TimeSlice;
  /** Made once the state is loaded, since RBAC and token checks read it. */
  readonly security: (state: StateCache) => ClusterSecurity;
}

/** By which pods' streams, and watches, are to be had. */
const ownProtocols = /^(websocket|spdy\/3\.1)$/i;

/** Requests that one turn of the event loop works on: whoever comes in between waits for as long. */
const turnMs = 0.5;

/**
 * The API server without a wire: requests that are authenticated go in, answers come out. Transports (https,
 * in-process) stand around it.
 */
export class ApiServer implements Disposable {
  /** host:port, as /api tells clients; known once somebody listens. */
  address: string | undefined;
  readonly services: Services;
  readonly security: ClusterSecurity;
  readonly accessMetrics: AccessMetrics;
  /** Absent: nothing is told of requests. */
  readonly auditor: Auditor | undefined;
  /**
   * What transports wait for before they hand over a request, each in the name of who asks: one thread serves all requests,
   * so seats alone do not keep a flood from filling the event loop.
   */
  readonly turns: TimeSlice;
  readonly #documents: Documents;
  readonly #aggregator: Aggregator;
  readonly #life = new DisposableStore();
  readonly #slice: TimeSlice;
  readonly #flowControl: FlowControl;
  readonly #deadlines: Deadlines;
  readonly #paths = new KnownPaths();
  /** What the catalog says of targets. */
  #served = new WeakMap<Target, ServedResource>();
  readonly #claims: ServiceClaims;
  readonly #allocationMetrics: AllocationMetrics;
  readonly #serviceAllocation: ServiceAllocationOptions;
  readonly #hostname: string;
  readonly #yaml: YamlReader | undefined;
  #client: Client | undefined;
  #hasStarted = false;
  #isStopping = false;

  private constructor(options: ApiServerOptions, cache: StateCache, security: ClusterSecurity) {
    const catalog = new Catalog(cache, options.definitions);
    const { store, clock, random, log, outbound = noOutbound } = options;
    const schemas = new CustomSchemas(options.schemas);
    const metrics = new RequestMetrics(clock);
    const filters = new FilterMetrics();
    this.accessMetrics = new AccessMetrics(clock, filters);
    const auditMetrics = new AuditMetrics();
    this.auditor = options.audit && new Auditor(options.audit, { clock, random, log, metrics: auditMetrics });
    const admissionMetrics = new AdmissionMetrics(clock);
    const podLogMetrics = new PodLogMetrics();
    const csrMetrics = new CsrMetrics(cache);
    const conversionMetrics = new ConversionMetrics(clock);
    this.#allocationMetrics = new AllocationMetrics(cache, clock, options.serviceAllocation.nodePorts);
    const celMetrics = new CelMetrics(clock);
    const storageMetrics = new StorageMetrics(clock);
    const cacheMetrics = new CacheMetrics();
    this.#claims = new ServiceClaims({ cache, clock, random });
    const companions: Companions = new Map([
      ['core/services', (old, object) => this.#claims.companions(old as Service, object as Service)],
    ]);
    this.security = security;
    this.#serviceAllocation = options.serviceAllocation;
    this.#hostname = options.hostname;
    this.#yaml = options.yaml;
    this.#slice = options.slice ?? this.#life.add(new TimeSlice(clock));
    this.turns = this.#life.add(new TimeSlice(clock, turnMs));
    const passed = filters.of('priorityandfairness');
    const limits = { ...defaultLimits, ...options.limits };
    const features = options.features ?? new FeatureGates();
    this.#flowControl = this.#life.add(
      new FlowControl({ ...limits, cache, clock, turns: this.turns, passed }),
    );
    this.#deadlines = this.#life.add(new Deadlines(clock, limits.requestMsMax));
    this.services = {
      store,
      cache,
      catalog,
      schemas,
      protobuf: new ProtobufCodec(schemas),
      clock,
      slice: this.#slice,
      random,
      log,
      limits,
      features,
      metrics,
      celMetrics,
      conversionMetrics,
      podLogMetrics,
      cacheMetrics,
      storageMetrics,
      bookmarks: this.#life.add(new Bookmarks(clock)),
      components: () => ({ ...options.components?.(), 'etcd-0': cache.failure?.message }),
      families: () => [
        ...metrics.families,
        ...this.accessMetrics.families,
        filters.family,
        ...auditMetrics.families,
        ...security.families,
        ...this.#allocationMetrics.families,
        ...conversionMetrics.families,
        ...podLogMetrics.families,
        ...csrMetrics.families,
        ...admissionMetrics.families,
        ...celMetrics.families,
        ...storageMetrics.families,
        ...cacheMetrics.families,
        ...validationMetrics,
        ...this.#flowControl.metrics.families,
        buildInfo,
        compatibilityInfo,
        ...features.families,
        ...this.#aggregator.families,
        ...(options.metrics?.() ?? []),
      ],
      kubeletTls: options.kubeletTls ?? (() => undefined),
      backends: options.backends ?? noBackends,
      outbound,
      committer: new Committer({ store, cache, clock, companions, metrics: storageMetrics }),
      races: new Races(clock),
      admission: new AdmissionChain(
        builtInAdmission(
          {
            ...options,
            schemas,
            outbound,
            cache,
            catalog,
            metrics: admissionMetrics,
            allocationMetrics: this.#allocationMetrics,
            authorizer: security.authorizer,
            security: security.admission,
            writeQuotaUsed: (key, usedOf) => quotaStatus.write(key, usedOf),
            rules: options.rules ?? (() => []),
            client: () => this.#client,
          },
          options.admission,
        ),
        { clock, metrics: admissionMetrics },
      ),
      authorizer: security.authorizer,
      rulesFor: security.rulesFor,
      reviewToken: security.reviewToken,
      apiAudiences: security.apiAudiences,
      tokenSecondsMax: security.tokenSecondsMax,
      issueToken: security.issueToken,
      openId: security.openId,
    };
    const quotaStatus = new QuotaStatusWriter(this.services);
    this.#documents = new Documents(this.services, {
      ...options,
      custom: name => schemas.custom(name),
      hasStarted: () => this.#hasStarted,
      isStopping: () => this.#isStopping,
      serverAddress: () => this.address,
      flowDump: (name, detailed) => flowDump(this.#flowControl, clock, name, detailed),
    });
    this.#aggregator = new Aggregator({
      ...this.services,
      builtIn: options.definitions,
      frontProxy: options.frontProxy ?? noFrontProxy,
    });
    this.#life.add(
      catalog.onChange(() => {
        this.#served = new WeakMap();
      }),
    );
    this.#life.add(cache);
    this.#life.add(new CustomResources(this.services, schemas));
    this.#life.add(this.#aggregator);
    this.#life.add(outbound);
    if (options.yaml) this.#life.add(options.yaml);
    this.#life.add(new PolicyStatusKeeper(this.services));
    this.#life.add(this.services.backends);
    this.#life.add(startCompaction(store, cache, clock, log));
    this.#life.add(this.#documents);
  }

  /** Loads the state; the server answers from then on. */
  static async start(options: ApiServerOptions): Promise<ApiServer> {
    const cache = new StateCache(options.store, options.log);
    await cache.start();
    return new ApiServer(options, cache, options.security(cache));
  }

  /** Starts what the server itself keeps in order, through a client of its own; ends with the server. */
  run(client: Client): void {
    const { cache, clock, log } = this.services;
    this.#client = client;
    this.#aggregator.run(client);
    this.#life.add(new FlowControlKeeper({ cache, clock, log, client }));
    this.#life.add(new DefaultRange({ ...this.services, ...this.#serviceAllocation, client }));
    this.#life.add(
      new ServiceRepair({
        ...this.services,
        ...this.#serviceAllocation,
        claims: this.#claims,
        metrics: this.#allocationMetrics,
        client,
        hostname: this.#hostname,
      }),
    );
    const tokens = this.#life.add(new LegacyTokenTracking({ cache, clock, log, client }));
    this.security.followSecretTokens(secret => tokens.used(secret));
    this.#hasStarted = true;
  }

  /** /readyz fails from now on, so that clients turn to other servers; whoever still asks is answered until the end. */
  beginShutdown(): void {
    this.#isStopping = true;
  }

  /** Custom resources have no protobuf form, nor has a Scale of one; some subresources have no table. */
  hasForm({ method, path, query }: Pick<ApiRequest, 'method' | 'path' | 'query'>, form: RareForm): boolean {
    const info = this.#paths.parse(method, path, query);
    const definition = this.#servedOf(info)?.definition;
    if (form === 'protobuf') return !definition?.conversion;
    return !definition?.withoutTable?.includes(info.subresource);
  }

  /**
   * The answer, at once where nothing has to be waited for. Throws or rejects with StatusError for every expected failure.
   * `onFlow` is told at once where priority and fairness put the request.
   */
  handle(request: ApiRequest, onFlow?: (flow: Flow) => void): Answer | Promise<Answer> {
    const info = this.#paths.parse(request.method, request.path, request.query, request.place);
    const trail = this.auditor && this.#audit(this.auditor, request, info);
    if (!trail) return this.#handleFairly(request, info, onFlow);
    request.trail = trail;
    const { log } = this.services;
    const told = {
      trail,
      request,
      info,
      slice: this.#slice,
      nowMs: this.services.clock.now(),
      rejected: () => this.auditor?.rejected(),
      toStatusError: (error: unknown) => toStatusError(error, log),
    };
    return audited(told, () => this.#handleFairly(request, info, onFlow));
  }

  #audit(auditor: Auditor, request: ApiRequest, info: RequestInfo): AuditTrail | undefined {
    const sinceMs = this.accessMetrics.now();
    const trail = auditor.begin(request, info);
    this.accessMetrics.audited(sinceMs);
    return trail;
  }

  /**
   * Whether what the request asks for may go on over that protocol. Whoever offers one for anything else is answered plainly;
   * what another server answers may go on over any.
   */
  mayBeUpgraded(
    { method, path, query }: Pick<ApiRequest, 'method' | 'path' | 'query'>,
    protocol: string,
  ): boolean {
    const info = this.#paths.parse(method, path, query);
    if (this.#aggregator.isRemote(path, info)) return true;
    return isLongRunning(info) && (info.subresource === 'proxy' || ownProtocols.test(protocol));
  }

  /** Tells the audit log of a request that never came to be handled. */
  refused(request: AuditedRequest, error: StatusError): void {
    this.auditor?.refused(request, this.#paths.parse(request.method, request.path, request.query), error);
  }

  #handleFairly(
    request: ApiRequest,
    info: RequestInfo,
    onFlow: ((flow: Flow) => void) | undefined,
  ): Answer | Promise<Answer> {
    if (isLongRunning(info) && info.verb !== 'watch') return this.#handleLong(request, info);
    const flow = this.#flowControl.flowOf(request.user, info);
    onFlow?.(flow);
    return settle<Seat, Answer>(
      () => this.#flowControl.enter(flow, this.#workOf(request, info, flow), { request, info }),
      seat => this.#handleSeated(request, info, seat),
      error => {
        if (!(error instanceof RejectedError)) throw error;
        this.services.metrics.turnedAway(info, request);
        return { response: tooManyRequests(error.retryAfterSeconds), warnings: [] };
      },
    );
  }

  #handleSeated(request: ApiRequest, info: RequestInfo, seat: Seat): Answer | Promise<Answer> {
    return settle(
      () => this.#handleTimely(request, info),
      answer => seated(answer, seat),
      error => {
        seat[Symbol.dispose]();
        throw error;
      },
    );
  }

  #workOf({ query }: ApiRequest, info: RequestInfo, { level, meter }: Flow): Work {
    const { nominal: nominalSeats } = level.limits;
    return workOf({ info, query, cache: this.#servedOf(info)?.cache, nominalSeats, meter });
  }

  #servedOf({ isResource, target, group, version, resource }: RequestInfo): ServedResource | undefined {
    if (!isResource) return undefined;
    let served = target && this.#served.get(target);
    if (!served) {
      served = this.services.catalog.find(group, version, resource);
      if (target && served) this.#served.set(target, served);
    }
    return served;
  }

  #handleTimely(request: ApiRequest, info: RequestInfo): Answer | Promise<Answer> {
    if (info.verb === 'watch') return this.#handleLong(request, info);
    const { metrics } = this.services;
    return this.#deadlines.keep(
      request.query,
      () => this.#handleLong(request, info),
      new LateRequest(metrics, info, request),
    );
  }

  #handleLong(request: ApiRequest, info: RequestInfo): Answer | Promise<Answer> {
    const attributes = attributesOf(info, request.user, info.target);
    const sinceMs = this.accessMetrics.now();
    const decision = this.security.authorizer.authorize(attributes);
    const decided = (made: Decision) => {
      this.accessMetrics.authorized(made.decision, sinceMs);
      return this.#handleDecided(request, info, attributes, made);
    };
    return decision instanceof Promise ? decision.then(decided) : decided(decision);
  }

  #handleDecided(
    request: ApiRequest,
    info: RequestInfo,
    attributes: Attributes,
    decision: Decision,
  ): Answer | Promise<Answer> {
    const isAllowed = decision.decision === 'allow';
    if (!isAllowed && decision.error !== undefined) {
      request.trail?.annotate('authorization.k8s.io/reason', 'internal error');
      return { response: internalError(request.path, decision.error), warnings: [] };
    }
    request.trail?.annotate('authorization.k8s.io/decision', isAllowed ? 'allow' : 'forbid');
    request.trail?.annotate('authorization.k8s.io/reason', decision.reason);
    if (!isAllowed) throw refusal(attributes, decision.reason);
    const remote = this.#aggregator.answer(request, info, this.#documents);
    if (remote) return remote.then(unwarned);
    const served = this.#servedOf(info);
    if (!served) return this.#documents.answer(request).then(unwarned);
    const { deprecationWarning } = served.version;
    const warnings = deprecationWarning ? [deprecationWarning] : [];
    return this.#answer({ request, info, served, startMs: this.services.clock.monotonicMs(), warnings });
  }

  #answer(call: ResourceRequest): Answer | Promise<Answer> {
    const { log, metrics } = this.services;
    const { info, request, served, warnings } = call;
    const known = hasSubresource(served.definition, info.subresource);
    const asked = known ? info : { ...info, subresource: '', target: undefined };
    if (served.version.deprecationWarning) {
      metrics.askedDeprecated(asked);
      request.trail?.annotate('k8s.io/deprecated', 'true');
    }
    const running = metrics.begin(asked, request);
    let isRouted = false;
    return settle<ApiResponse, Answer>(
      () => {
        const handler = route(call);
        isRouted = true;
        const reading = readAhead(this.#yaml, request, () => this.services.slice.breathe());
        return reading ? reading.then(() => handler(this.services, call)) : handler(this.services, call);
      },
      response => {
        if (response.type === 'watch') return { response: counted(response, running), warnings };
        running.end('status' in response ? response.status : 200);
        return { response, warnings, size: running.sized };
      },
      error => {
        const failure = toStatusError(error, log);
        running.end(failure.code);
        failure.warnings = isRouted ? warnings : [];
        throw failure;
      },
    );
  }

  [Symbol.dispose](): void {
    this.#life[Symbol.dispose]();
  }
}

function tooManyRequests(retryAfterSeconds: number): ApiResponse {
  return {
    type: 'bytes',
    status: 429,
    contentType: 'text/plain; charset=utf-8',
    headers: { 'retry-after': String(retryAfterSeconds), 'x-content-type-options': 'nosniff' },
    body: 'Too many requests, please try again later.\n',
  };
}

/** Who could not find out what somebody may do says so in plain text. */
function internalError(path: string, why: string): ApiResponse {
  return {
    type: 'bytes',
    status: 500,
    contentType: 'text/plain; charset=utf-8',
    headers: { 'x-content-type-options': 'nosniff' },
    body: `Internal Server Error: ${JSON.stringify(path)}: ${why}\n`,
  };
}

function unwarned(response: ApiResponse): Answer {
  return { response, warnings: [] };
}

type WatchResponse = Extract<ApiResponse, { type: 'watch' }>;

/** A watch holds its seat only while it sends what there is already. */
function seated(answer: Answer, seat: Seat): Answer {
  const { response, warnings, size } = answer;
  if (response.type !== 'watch') return { response, warnings, size, seat };
  const open: typeof response.open = sink => {
    try {
      return response.open(sink);
    } finally {
      seat[Symbol.dispose]();
    }
  };
  return { response: { ...response, open }, warnings, size };
}

/** A watch counts as open from when it is opened until it is disposed of, and then among those that were answered. */
function counted(response: WatchResponse, running: RunningRequest): WatchResponse {
  const open: typeof response.open = sink => {
    const end = running.open();
    try {
      const watch = response.open(sink);
      return {
        [Symbol.dispose]() {
          end(200);
          watch[Symbol.dispose]();
        },
      };
    } catch (error) {
      end(error instanceof StatusError ? error.code : 500);
      throw error;
    }
  };
  return { ...response, open };
}

function noFrontProxy(): never {
  throw new Error('this API server has no certificate for extension API servers');
}

function hasSubresource({ extraSubresources = [] }: ResourceDefinition, name: string): boolean {
  return ['', 'status', 'scale'].includes(name) || extraSubresources.some(extra => extra.name === name);
}

/** What a client is told of any failure; what is not expected is logged and told as little as possible. */
export function toStatusError(error: unknown, log: Log): StatusError {
  if (error instanceof StatusError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  log.error('a request failed unexpectedly', { error: cause.message, stack: cause.stack });
  return statusError.internal(cause.message);
}
