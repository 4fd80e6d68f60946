import { hostname } from 'node:os';
import { loadSchemas } from '#api/schemas.ts';
import type { ResourceDefinition } from '#api/definition.ts';
import { builtInResources } from '#api/registry.ts';
import { enabledResources } from '#api/runtime-config.ts';
import type { AuditOptions } from '#apiserver/audit/auditor.ts';
import { authenticationConfig } from '#apiserver/aggregation/authentication-config.ts';
import type { FrontProxy } from '#apiserver/aggregation/front-proxy.ts';
import { builtInApiServices } from '#apiserver/aggregation/priorities.ts';
import { flowControlDefaults } from '#api/flow-control-defaults.ts';
import { IdentityLease } from '#apiserver/bootstrap/identity-lease.ts';
import { ensureObjects } from '#apiserver/bootstrap/ensure.ts';
import { bootstrapObjects } from '#apiserver/bootstrap/objects.ts';
import { type UserInfo, loopbackUser } from '#apiserver/identity.ts';
import { createInProcessTransport } from '#apiserver/in-process.ts';
import { bootstrapRbac } from '#apiserver/auth/bootstrap-policy/bootstrap-rbac.ts';
import { createSecurity } from '#apiserver/auth/security.ts';
import { clusterAuthority } from '#apiserver/pki/authority.ts';
import type { PemFiles } from '#apiserver/pki/pki.ts';
import type { Descriptions } from '#apiserver/openapi/documents.ts';
import type { BackendTls, Backends } from '#apiserver/proxy/backends.ts';
import type { Outbound } from '#apiserver/outbound.ts';
import type { YamlReader } from '#apiserver/yaml-reader.ts';
import { ApiServer } from '#apiserver/server.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { MetricFamily } from '#base/metric-families.ts';
import { type Breathe, TimeSlice } from '#base/time-slice.ts';
import type { Random } from '#base/random.ts';
import { type Client, createClient } from '#client/client.ts';
import { InformerFactory } from '#client/informer.ts';
import type { Transport } from '#client/transport.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import type { NodeCidrs } from '#controllers/nodeipam/controller.ts';
import { builtInControllers } from '#controllers/registry.ts';
import { type Manager, createManager } from '#runtime/manager.ts';
import type { Controller } from '#runtime/controller.ts';
import { QueueMetrics } from '#runtime/queue-metrics.ts';
import { createScheduler, type Scheduler, type SchedulerOptions } from '#scheduler/scheduler.ts';
import type { Store } from '#store/store.ts';
import type { ApiServerSettings } from './api-server-settings.ts';
import { clientCasOf } from './listener.ts';
import type { Crashes } from './extensions/crashes.ts';
import { controllerAccountObjects, controllerUser } from './controller-accounts.ts';
import { printedFlags } from './config/api-server-options.ts';
import { type Extension, extensionPrefix } from './extensions/extension.ts';
import { Extensions } from './extensions/extensions.ts';
import { publishApiServer } from './kubernetes-endpoint.ts';
import { localStorageObjects } from './local-storage.ts';
import { applyManifests } from './manifests.ts';
import { processMetrics } from './process-metrics.ts';

export interface ControlPlaneOptions {
  /** Owned by the caller. */
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How kubelets and the API server prove who they are. Absent: no kubelet serves. */
  readonly kubeletTls?: () => BackendTls;
  /** The network of pods, services and extension API servers; absent: none is reached. */
  readonly backends?: Backends;
  /** The API server's way to webhooks; handed over to it. */
  readonly outbound?: Outbound;
  /** See ApiServerOptions. */
  readonly yaml?: YamlReader;
  /** Keys and certificates; asked for by whoever first has to prove something. */
  readonly pki: () => PemFiles;
  /** Networks of the cluster's Services: one or one of each family, the default first. */
  readonly serviceCidrs: readonly string[];
  /** First and last node port of Services. Default 30000 and 32767. */
  readonly nodePorts?: readonly [number, number];
  /** PEM of the CA that signs the API server's certificate, for pods; '' where no pod really runs. */
  readonly rootCa: string;
  /** Removes a folder that a volume was made of (see VolumeSyncOptions). */
  readonly removeHostPath?: (path: string) => Promise<void>;
  /** Absent: nodes get no part of a network for their pods. */
  readonly nodeCidrs?: NodeCidrs;
  /** PEM of the CA that signs the front proxy's certificate; absent: extension API servers are told of none. */
  readonly frontProxyCa?: string;
  /** See ApiServerOptions. */
  readonly audit?: AuditOptions;
  /** What the API server goes by where that is not upstream's default. */
  readonly apiServer?: ApiServerSettings;
  /** Texts for OpenAPI and `explain`. */
  readonly descriptions?: () => Descriptions | undefined;
  /** There are provisioners of nodes' disks: the class that asks for them, and what they may do, are there from the start. */
  readonly localStorage?: boolean;
  readonly controllers?: readonly Controller[];
  /** Default true. False: the controllers and the scheduler are left to processes of their own. */
  readonly components?: boolean;
  /** The user's own controllers, admission rules and scheduler plugins. */
  readonly extensions?: readonly Extension[];
  /** Default: the default profile, with the plugins of `extensions`. */
  readonly scheduler?: Pick<SchedulerOptions, 'profiles' | 'backoff' | 'extenders'>;
  /** See ExtensionsOptions. */
  readonly crashes?: Crashes;
  /** Applied, in this order, before the API answers and any component runs. */
  readonly manifests?: readonly KubeObject[];
  /** Stands between every component and the API server; the simulator's faults go here. */
  readonly wrapTransport?: (transport: Transport, component: string) => Transport;
}

/** What upstream's programs of these parts call themselves: managedFields names them so. */
const userAgents: Readonly<Record<string, string>> = {
  'controller-manager': 'kube-controller-manager',
  scheduler: 'kube-scheduler',
};

const defaultNodePorts: readonly [number, number] = [30_000, 32_767];

/** What the API server goes by, in the words of upstream's flags. */
function apiServerFlags({
  serviceCidrs,
  nodePorts = defaultNodePorts,
  apiServer,
}: ControlPlaneOptions): Readonly<Record<string, string>> {
  return {
    'allow-privileged': 'true',
    'anonymous-auth': 'true',
    'authorization-mode': '[Node,RBAC]',
    'enable-aggregator-routing': 'true',
    'enable-bootstrap-token-auth': 'true',
    'enable-priority-and-fairness': 'true',
    profiling: 'false',
    'service-cluster-ip-range': serviceCidrs.join(),
    'service-node-port-range': nodePorts.join('-'),
    ...(apiServer?.flags ?? printedFlags({})),
  };
}

/** The API server, the controllers and the scheduler in one process, over any store. */
export class ControlPlane implements AsyncDisposable {
  readonly server: ApiServer;
  readonly client: Client;
  /** Shared by every component of this process. */
  readonly informers: InformerFactory;
  /** For every part of this process, which has one event loop. */
  readonly breathe: Breathe;
  readonly #options: ControlPlaneOptions;
  readonly #slice: TimeSlice;
  readonly #extensions: Extensions;
  readonly #processMetrics: readonly MetricFamily[];
  readonly #queueMetrics: QueueMetrics;
  #manager: Manager | undefined;
  #scheduler: Scheduler | undefined;
  #lease: IdentityLease | undefined;
  readonly #followed: readonly Disposable[];

  private constructor(
    options: ControlPlaneOptions,
    server: ApiServer,
    parts: { readonly slice: TimeSlice; readonly extensions: Extensions },
  ) {
    this.#options = options;
    this.#processMetrics = processMetrics(options.clock);
    this.#queueMetrics = new QueueMetrics(options.clock);
    this.#slice = parts.slice;
    this.#extensions = parts.extensions;
    this.server = server;
    const { clock, log, apiServer } = options;
    this.#followed = (apiServer?.files ?? []).map(file => file.follow(clock, log));
    this.client = this.clientOf('coxswain');
    this.breathe = () => parts.slice.breathe();
    this.informers = new InformerFactory(this.client, { ...options, breathe: this.breathe });
  }

  /** The API answers when this resolves, manifests and admission rules included; the components start with `run`. */
  static async start(options: ControlPlaneOptions): Promise<ControlPlane> {
    let plane: ControlPlane | undefined;
    const slice = new TimeSlice(options.clock);
    const extensions = new Extensions({ ...options, slice, extensions: options.extensions ?? [] });
    const schemas = loadSchemas();
    const server = await ApiServer.start({
      store: options.store,
      definitions: servedResources(options.apiServer),
      limits: options.apiServer?.limits,
      features: options.apiServer?.features,
      ...(options.apiServer?.healthChecks ? { healthChecks: options.apiServer.healthChecks } : {}),
      schemas,
      clock: options.clock,
      slice,
      random: options.random,
      log: options.log.with({ component: 'apiserver' }),
      ...(options.kubeletTls ? { kubeletTls: options.kubeletTls } : {}),
      ...(options.backends ? { backends: options.backends } : {}),
      ...(options.outbound ? { outbound: options.outbound } : {}),
      ...(options.yaml ? { yaml: options.yaml } : {}),
      ...(options.audit ? { audit: options.audit } : {}),
      metrics: () => plane?.metrics() ?? [],
      flags: () => apiServerFlags(options),
      components: () => plane?.components() ?? {},
      admission: options.apiServer?.admission,
      rules: () => extensions.rules,
      frontProxy: () => frontProxyOf(options.pki()),
      hostname: hostname(),
      serviceAllocation: { cidrs: options.serviceCidrs, nodePorts: options.nodePorts ?? defaultNodePorts },
      ...(options.descriptions ? { descriptions: options.descriptions } : {}),
      security: createSecurity({
        pki: options.pki,
        schemas,
        clock: options.clock,
        random: options.random,
        log: options.log,
        ...(options.outbound ? { outbound: options.outbound } : {}),
        ...securityOptions(options.apiServer),
      }),
    });
    try {
      const transport = createInProcessTransport(server, loopbackUser);
      // What follows is as long again: whoever shares the event loop has it in between. Timers, if this one's turn began
      // with them, are asked only before the turn after the next.
      for (let turns = 0; turns < 2; turns++) {
        await new Promise<void>(resolve => options.clock.nextTurn(resolve));
      }
      const objects = [
        ...firstObjects(options),
        ...(options.localStorage ? localStorageObjects(server, options.manifests ?? []) : []),
      ];
      await ensureObjects(server, transport, objects, () => slice.breathe());
      server.run(createClient(transport));
      plane = new ControlPlane(options, server, { slice, extensions });
      await plane.#prepare();
      return plane;
    } catch (error) {
      server[Symbol.dispose]();
      slice[Symbol.dispose]();
      throw error;
    }
  }

  /** A client of this server with an identity that need not be proven. */
  clientOf(component: string, user: UserInfo = loopbackUser): Client {
    const transport = createInProcessTransport(this.server, user, userAgents[component] ?? component);
    return createClient(this.#options.wrapTransport?.(transport, component) ?? transport);
  }

  /** What runs beside the API server, each with what is wrong with it (ComponentStatus). */
  components(): Readonly<Record<string, string | undefined>> {
    return {
      'controller-manager': this.#manager ? undefined : 'not started',
      scheduler: this.#scheduler ? undefined : 'not started',
      ...Object.fromEntries(
        Array.from(this.#extensions.problems, ([name, problem]) => [`${extensionPrefix}${name}`, problem]),
      ),
    };
  }

  /** What /metrics tells of what shares the process with the API server: scrapers find no other port. */
  *metrics(): Iterable<MetricFamily> {
    yield* this.#processMetrics;
    yield* this.#queueMetrics.families;
    const { families = [], files = [] } = this.#options.apiServer ?? {};
    yield* families;
    for (const file of files) yield* file.families;
    yield* this.#manager?.metrics ?? [];
    yield* this.#scheduler?.metrics ?? [];
  }

  /** Tells clients and pods where the API server is. */
  async publish(address: string, port: number): Promise<void> {
    this.server.address = `${address}:${port}`;
    await publishApiServer(this.client, address, port);
    if (!this.server.services.features.isOn('APIServerIdentity')) return;
    const { clock, random, log } = this.#options;
    this.#lease ??= new IdentityLease({
      client: this.clientOf('kube-apiserver'),
      clock,
      random,
      log,
      hostname: hostname(),
    });
  }

  async #prepare(): Promise<void> {
    await applyManifests(this.server, this.client, this.#options.manifests ?? []);
    await this.#extensions.prepare({
      client: this.client,
      clientOf: (component, user) => this.clientOf(component, user),
      authorizer: this.server.security.authorizer,
    });
  }

  /**
   * Starts the controllers, the scheduler and the extensions' controllers; resolves when the caches of the first two are
   * synced and the third are set up.
   */
  async run(): Promise<void> {
    this.informers.start();
    await Promise.all([
      ...(this.#options.components === false ? [] : [this.#startManager(), this.#startScheduler()]),
      this.#extensions.start(),
    ]);
  }

  /** Starts a controller that stands beside the controller manager, as this user; resolves when it runs. The caller's to dispose of. */
  async startController(controller: Controller, user: UserInfo): Promise<AsyncDisposable> {
    const { clock, random, log } = this.#options;
    const { name } = controller;
    const manager = createManager({
      client: this.clientOf(name, user),
      informers: this.informers,
      clock,
      slice: this.#slice,
      random,
      log: log.with({ component: name }),
      controllers: [controller],
      queueMetrics: this.#queueMetrics,
    });
    await manager.start();
    return manager;
  }

  async #startManager(): Promise<void> {
    const {
      clock,
      random,
      log,
      removeHostPath,
      nodeCidrs,
      controllers = builtInControllers({
        rootCa: this.#options.rootCa,
        issueSecretToken: token => this.server.security.issueSecretToken(token),
        authority: clusterAuthority(this.#options.pki, clock),
        ...(removeHostPath ? { removeHostPath } : {}),
        ...(nodeCidrs ? { nodeCidrs } : {}),
      }),
    } = this.#options;
    this.#manager = createManager({
      client: this.clientOf('controller-manager'),
      clientFor: controller => this.clientOf('controller-manager', controllerUser(controller)),
      isServed: ref => this.#isServed(ref),
      informers: this.informers,
      clock,
      slice: this.#slice,
      random,
      log: log.with({ component: 'controller-manager' }),
      controllers,
      queueMetrics: this.#queueMetrics,
    });
    await this.#manager.start();
  }

  #isServed({ group, version, resource }: ResourceRef): boolean {
    return this.server.services.catalog.find(group, version, resource) !== undefined;
  }

  async #startScheduler(): Promise<void> {
    const { clock, random, log } = this.#options;
    const scheduler = createScheduler({
      client: this.clientOf('scheduler'),
      informers: this.informers,
      clock,
      random,
      log: log.with({ component: 'scheduler' }),
      hostname: hostname(),
      ...(this.#options.scheduler ?? { profiles: [this.#extensions.profile] }),
      plugins: this.#extensions.plugins(ref => this.#isServed(ref)),
    });
    this.#scheduler = scheduler;
    await scheduler.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lease?.[Symbol.dispose]();
    for (const file of this.#followed) file[Symbol.dispose]();
    await this.#extensions[Symbol.asyncDispose]();
    await this.#scheduler?.[Symbol.asyncDispose]();
    await this.#manager?.stop();
    this.informers[Symbol.dispose]();
    this.server[Symbol.dispose]();
    this.#slice[Symbol.dispose]();
  }
}

function securityOptions({ authorizers, authentication, tokens, clientCas }: ApiServerSettings = {}) {
  return {
    ...(authorizers ? { authorizers } : {}),
    ...(authentication ? { authentication } : {}),
    ...(tokens ? { tokens } : {}),
    ...(clientCas ? { clientCas } : {}),
  };
}

/** The built-in kinds in the versions that are served, as the operator has it. */
function servedResources({
  runtimeConfig,
  eventTtlSeconds,
}: ApiServerSettings = {}): readonly ResourceDefinition[] {
  const served = runtimeConfig ? enabledResources(builtInResources, runtimeConfig) : builtInResources;
  if (eventTtlSeconds === undefined) return served;
  return served.map(one =>
    one.strategy.ttlSeconds === undefined
      ? one
      : { ...one, strategy: { ...one.strategy, ttlSeconds: eventTtlSeconds } },
  );
}

/** What every cluster holds from its start on. */
function firstObjects(options: ControlPlaneOptions): KubeObject[] {
  const { rootCa, frontProxyCa } = options;
  return [
    ...bootstrapObjects(options),
    ...bootstrapRbac(),
    ...controllerAccountObjects(),
    ...builtInApiServices(servedResources(options.apiServer)),
    ...(flowControlDefaults as readonly KubeObject[]),
    ...(frontProxyCa
      ? [authenticationConfig({ clientCa: clientCasOf(rootCa, options.apiServer), frontProxyCa })]
      : []),
  ];
}

function frontProxyOf(pki: PemFiles): FrontProxy {
  return { key: pki['front-proxy-client.key']!, cert: pki['front-proxy-client.crt']! };
}
