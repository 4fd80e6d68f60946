import { familyOf } from '#machinery/ip.ts';
import type { AuditOptions } from '#apiserver/audit/auditor.ts';
import { installedDescriptions } from '#apiserver/openapi/descriptions.ts';
import type { Clock } from '#base/clock.ts';
import { type Log, silentLog } from '#base/log.ts';
import { type Random, SeededRandom } from '#base/random.ts';
import type { Client } from '#client/client.ts';
import type { Transport } from '#client/transport.ts';
import { HollowFleet, type HollowFleetOptions } from '#kubelet/hollow/fleet.ts';
import { localPathProvisioner } from '#kubelet/provisioner/controller.ts';
import { simulatedDisk } from '#kubelet/provisioner/disk.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { Controller } from '#runtime/controller.ts';
import { MemoryStore } from '#store/memory/memory-store.ts';
import { addressIn } from './cluster-record.ts';
import type { ApiServerSettings } from './api-server-settings.ts';
import { ControlPlane, type ControlPlaneOptions } from './control-plane.ts';
import type { Extension } from './extensions/extension.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import { Listener } from '#apiserver/http/listener.ts';
import { createOutbound } from '#apiserver/http/outbound.ts';
import { createBackends } from '#apiserver/proxy/node-backends.ts';
import { createAuthorities, createPki, type PemFiles } from '#apiserver/pki/pki.ts';
import { listenerTls } from './listener.ts';
import { provisionerUser } from './local-storage.ts';
import { networkAddress } from './node-address.ts';
import { systemClock, systemRandom } from './system.ts';

export interface StartClusterOptions {
  /** Simulated nodes. Default 1; 0 for an API server with controllers alone. */
  readonly nodes?: number;
  /** Default: the platform's. A VirtualClock makes the run a function of its inputs. */
  readonly clock?: Clock;
  /** Default: the platform's randomness; a number seeds a generator of its own. */
  readonly seed?: number;
  readonly log?: Log;
  /** Instead of the built-in ones. */
  readonly controllers?: readonly Controller[];
  /** The user's own controllers, admission rules and scheduler plugins, as `up --config` would load them. */
  readonly extensions?: readonly Extension[];
  /** The scheduler's profiles, back-off and extenders. Default: the default profile, with the plugins of `extensions`. */
  readonly scheduler?: ControlPlaneOptions['scheduler'];
  /** Applied, in this order, before any component runs: a CustomResourceDefinition and what else extensions need. */
  readonly manifests?: readonly KubeObject[];
  /** What the API server goes by where that is not upstream's default. */
  readonly apiServer?: ApiServerSettings;
  /** Who asked for what is told to these backends. */
  readonly audit?: AuditOptions;
  /** Networks of the Services: one or one of each family, the default first. Default 10.96.0.0/16. */
  readonly serviceCidrs?: readonly string[];
  /** Default true. False: neither controllers nor the scheduler run in it; they may be processes of their own. */
  readonly components?: boolean;
  /** Default: where there are nodes. False: there is no default StorageClass, and nobody makes volumes for claims. */
  readonly localStorage?: boolean;
  readonly hollow?: Partial<
    Omit<HollowFleetOptions, 'client' | 'informers' | 'clock' | 'random' | 'log' | 'nodes'>
  >;
  readonly wrapTransport?: (transport: Transport, component: string) => Transport;
}

/** A cluster in this process: memory store, every controller, the scheduler and simulated nodes. No files, no root. */
export interface Cluster extends AsyncDisposable {
  readonly client: Client;
  readonly clock: Clock;
  readonly controlPlane: ControlPlane;
  /** Opens a TLS port on the loopback interface when first asked; the YAML is for kubectl and any client library. */
  kubeconfig(): Promise<string>;
  stop(): Promise<void>;
}

/** Where it rejects, nothing is left running. */
export async function startCluster(options: StartClusterOptions = {}): Promise<Cluster> {
  const clock = options.clock ?? systemClock;
  const random: Random = options.seed === undefined ? systemRandom() : new SeededRandom(options.seed);
  const log = options.log ?? silentLog;
  await using parts = new AsyncDisposableStack();
  const store = parts.use(new MemoryStore(clock, { isPrivate: true }));
  let files: PemFiles | undefined;
  const existing = createAuthorities(clock);
  const { serviceCidrs = ['10.96.0.0/16'] } = options;
  const address = networkAddress(familyOf(serviceCidrs[0]!));
  const pki = () => {
    const nodeIps = ['127.0.0.1', address];
    files ??= createPki({
      clock,
      nodeName: 'embedded',
      nodeIps,
      serviceIp: addressIn(serviceCidrs[0]!, 1),
      existing,
    });
    return files;
  };
  const starting = ControlPlane.start({
    store,
    clock,
    random,
    log,
    outbound: createOutbound(),
    backends: createBackends(),
    pki,
    rootCa: existing['ca.crt']!,
    frontProxyCa: existing['front-proxy-ca.crt']!,
    serviceCidrs,
    descriptions: installedDescriptions,
    localStorage: hasLocalStorage(options),
    ...(options.controllers ? { controllers: options.controllers } : {}),
    ...(options.components === false ? { components: false } : {}),
    ...(options.extensions ? { extensions: options.extensions } : {}),
    ...(options.scheduler ? { scheduler: options.scheduler } : {}),
    ...(options.manifests ? { manifests: options.manifests } : {}),
    ...(options.apiServer ? { apiServer: options.apiServer } : {}),
    ...(options.audit ? { audit: options.audit } : {}),
    ...(options.wrapTransport ? { wrapTransport: options.wrapTransport } : {}),
  });
  const controlPlane = parts.use(await starting);
  parts.use(await startFleet(controlPlane, options, { clock, random, log }));
  await controlPlane.run();
  if (hasLocalStorage(options)) {
    const provisioner = localPathProvisioner({ disk: simulatedDisk });
    parts.use(await controlPlane.startController(provisioner, provisionerUser));
  }
  const running = parts.move();
  let stopped: Promise<void> | undefined;
  let listener: Promise<Listener> | undefined;
  const openListener = async (files: PemFiles) => {
    controlPlane.server.services.cache.codec.encodeAhead();
    const opened = await Listener.open({
      server: controlPlane.server,
      tls: listenerTls(files, options.apiServer),
      serving: options.apiServer?.serving,
      host: '127.0.0.1',
      port: 0,
      random,
      log,
    });
    options.apiServer?.serving?.onChange?.(() => opened.renew(listenerTls(files, options.apiServer)));
    await controlPlane.publish(address, opened.port);
    return opened;
  };
  const kubeconfig = async () => {
    const files = pki();
    listener ??= openListener(files);
    return kubeconfigOf('embedded', (await listener).port, files);
  };
  const stop = async () => {
    controlPlane.server.beginShutdown();
    await (await listener)?.[Symbol.asyncDispose]();
    await running.disposeAsync();
  };
  const stopOnce = () => {
    stopped ??= stop();
    return stopped;
  };
  return {
    client: controlPlane.client,
    clock,
    controlPlane,
    kubeconfig,
    stop: stopOnce,
    [Symbol.asyncDispose]: stopOnce,
  };
}

function hasLocalStorage({ nodes = 1, localStorage = nodes > 0 }: StartClusterOptions): boolean {
  return localStorage;
}

async function startFleet(
  controlPlane: ControlPlane,
  options: StartClusterOptions,
  seams: { clock: Clock; random: Random; log: Log },
): Promise<HollowFleet | undefined> {
  const { nodes = 1, serviceCidrs } = options;
  if (nodes === 0) return undefined;
  const fleet = new HollowFleet({
    ...options.hollow,
    ...seams,
    client: controlPlane.clientOf('kubelet'),
    informers: controlPlane.informers,
    ...(serviceCidrs ? { ipFamilies: serviceCidrs.map(familyOf) } : {}),
    nodes,
    breathe: controlPlane.breathe,
  });
  await fleet.start();
  return fleet;
}
