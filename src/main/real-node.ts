import { mkdir } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '#base/clock.ts';
import { type Log, silentLog } from '#base/log.ts';
import type { Client } from '#client/client.ts';
import { CriRuntime } from '#kubelet/cri/runtime.ts';
import { type Engine, findContainerd, startEngine, stopContainerd } from '#kubelet/engine/containerd.ts';
import { engineLayout } from '#kubelet/engine/layout.ts';
import { purgeEngine } from '#kubelet/engine/purge.ts';
import { NodeMounts } from '#kubelet/host/node-mounts.ts';
import { type Preflight, preflight } from '#kubelet/engine/preflight.ts';
import { probeHost } from '#kubelet/engine/probe.ts';
import { NodeHost } from '#kubelet/host/node-host.ts';
import { type Kubelet, createKubelet } from '#kubelet/kubelet.ts';
import { localPathProvisioner } from '#kubelet/provisioner/controller.ts';
import { HostDisk } from '#kubelet/provisioner/disk.ts';
import type { Runtime } from '#kubelet/runtime.ts';
import { HostNetfilter } from '#network/proxy/host-netfilter.ts';
import { hostHealthSockets } from '#network/proxy/host-health.ts';
import { type Proxy as ServiceProxy, createProxy, purgeProxy } from '#network/proxy/proxy.ts';
import { ContainerdImages } from '#registry/images/containerd-images.ts';
import { ensurePauseImage, pauseImageName } from '#registry/images/pause-image.ts';
import type { Dns } from '#network/dns/server.ts';
import { clusterDnsIp, startClusterDns } from './cluster-dns.ts';
import { nodePodCidrs, podCidrsOf } from './cluster-record.ts';
import type { KubeletServer } from '#kubelet/server/kubelet-server.ts';
import { openKubeletServer } from './kubelet-server.ts';
import { nodeAddresses } from './node-address.ts';
import { owned } from './owned.ts';
import type { ClusterPaths } from './paths.ts';
import { provisionerUser } from './local-storage.ts';
import { localStorageOf, type NodePart, type ServedCluster, type ServerOptions } from './server-options.ts';

/** How long containers get to end when the cluster is stopped. */
const stopGraceSeconds = 2;

export function engineNames(paths: ClusterPaths) {
  return { name: paths.name, dataDir: paths.dataDir, runDir: paths.runDir };
}

export async function checkHost(paths: ClusterPaths): Promise<Preflight> {
  await mkdir(paths.dataDir, { recursive: true, mode: 0o700 });
  return preflight(await probeHost(engineNames(paths)));
}

/**
 * Starts the container engine, the kubelet, the service proxy and the cluster's DNS. Where it fails, only what ran
 * before runs on.
 */
export async function startRealNode(
  options: ServerOptions,
  server: ServedCluster,
  onBridge: () => Promise<void>,
): Promise<NodePart> {
  const { paths, record, log, steps } = options;
  const engine = await steps.run('container engine', () => openEngine(options));
  await using parts = new AsyncDisposableStack();
  parts.defer(() => (engine.adopted ? engine.leave() : stopEngineOf(engine, log)));
  await steps.run('pause image', () => importPause(engine, options));
  await onBridge();
  const client = nodeClient(options, server);
  const kubeletServer = parts.use(
    await openKubeletServer({ record, pki: server.pki, client, clock: options.clock, log }),
  );
  const host = parts.use(new NodeHost(paths.dataDir));
  const kubelet = parts.use(
    await steps.run('kubelet', () =>
      startKubelet(options, { client, host, engine, port: kubeletServer.port }),
    ),
  );
  kubeletServer.attach(kubelet);
  const [proxy, dns, provisioner] = await Promise.all([
    owned(
      parts,
      steps.run('service proxy', () => startProxy(options, server)),
    ),
    owned(
      parts,
      steps.run('cluster DNS', () => startClusterDns(options, server)),
    ),
    owned(parts, startProvisioner(options, server, host)),
  ]);
  parts.move();
  return {
    stop: () =>
      stopNode({
        host,
        kubelet,
        kubeletServer,
        proxy,
        dns,
        provisioner,
        engine,
        clusterName: paths.name,
        log,
      }),
  };
}

async function openEngine({ paths, record, clock, log }: ServerOptions): Promise<Engine> {
  const { settings, problems } = await checkHost(paths);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return startEngine({
    ...engineNames(paths),
    podCidrs: nodePodCidrs(record),
    pauseImage: pauseImageName,
    settings,
    clock,
    log: log.with({ component: 'engine' }),
  });
}

function imagesOf({ layout, snapshotter }: Engine, clock: Clock): ContainerdImages {
  return new ContainerdImages({ address: layout.address, snapshotter, clock });
}

function importPause(engine: Engine, { paths, clock }: ServerOptions): Promise<void> {
  const architecture = arch() === 'arm64' ? 'arm64' : 'amd64';
  return ensurePauseImage(imagesOf(engine, clock), architecture, join(paths.dataDir, 'pause.tar'));
}

function nodeClient({ record }: ServerOptions, server: ServedCluster): Client {
  return server.controlPlane.clientOf('kubelet', {
    name: `system:node:${record.nodeName}`,
    groups: ['system:nodes', 'system:authenticated'],
  });
}

/** What the kubelet stands on. */
interface KubeletGround {
  readonly client: Client;
  readonly host: NodeHost;
  readonly engine: Engine;
  /** Of the node's own server. */
  readonly port: number;
}

async function startKubelet(
  { paths, record, clock, random, log, additions }: ServerOptions,
  { client, host, engine, port }: KubeletGround,
): Promise<Kubelet> {
  const kubelet = createKubelet({
    client,
    runtime: engine.runtime,
    host,
    clock,
    random,
    log: log.with({ component: 'kubelet' }),
    nodeName: record.nodeName,
    rootDirectory: join(paths.dataDir, 'kubelet'),
    clusterDns: { servers: [clusterDnsIp(record)], domain: 'cluster.local' },
    cgroupRoot: engine.layout.cgroupRoot,
    addresses: nodeAddresses(record),
    kubeletPort: port,
    pinnedImages: () => imagesOf(engine, clock).pinned(),
    mountImage: (image, directory) => imagesOf(engine, clock).mount(image, directory),
    ...(additions?.kubelet ? { settings: additions.kubelet } : {}),
  });
  await kubelet.start();
  return kubelet;
}

async function startProxy(
  { paths, record, clock, log }: ServerOptions,
  server: ServedCluster,
): Promise<ServiceProxy> {
  const proxy = createProxy({
    informers: server.controlPlane.informers,
    nodeName: record.nodeName,
    clusterName: paths.name,
    podCidrs: podCidrsOf(record),
    netfilter: new HostNetfilter(),
    healthSockets: hostHealthSockets,
    clock,
    log: log.with({ component: 'proxy' }),
  });
  await proxy.ready;
  return proxy;
}

/** Volumes in folders of this machine; nothing where the user wants none. */
async function startProvisioner(
  options: ServerOptions,
  { controlPlane }: ServedCluster,
  host: NodeHost,
): Promise<AsyncDisposable> {
  if (!localStorageOf(options)) return new AsyncDisposableStack();
  const disk = new HostDisk(host, options.paths.volumes);
  const provisioner = localPathProvisioner({ disk, nodeName: options.record.nodeName });
  return controlPlane.startController(provisioner, provisionerUser);
}

interface NodeParts {
  readonly host: NodeHost;
  readonly kubelet: Kubelet;
  readonly kubeletServer: KubeletServer;
  readonly proxy: ServiceProxy;
  readonly dns: Dns;
  readonly provisioner: AsyncDisposable;
  readonly engine: Engine;
  readonly clusterName: string;
  readonly log: Log;
}

async function stopNode({
  host,
  kubelet,
  kubeletServer,
  proxy,
  dns,
  provisioner,
  engine,
  clusterName,
  log,
}: NodeParts): Promise<void> {
  await kubeletServer[Symbol.asyncDispose]();
  await kubelet[Symbol.asyncDispose]();
  await provisioner[Symbol.asyncDispose]();
  host[Symbol.dispose]();
  await dns[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await stopEngineOf(engine, log);
  await purgeProxy(new HostNetfilter(), clusterName);
}

/** Containers of an engine that answers no more are left to the next start. */
async function stopEngineOf(engine: Engine, log: Log): Promise<void> {
  await stopPods(engine.runtime).catch(error =>
    log.warn('containers could not be stopped', { error: String(error) }),
  );
  await engine.stop();
}

/** Ends every container, but keeps its remains, from which the next start goes on. */
async function stopPods(runtime: Runtime): Promise<void> {
  const running = await runtime.listContainers({ state: 'RUNNING' });
  await Promise.allSettled(running.map(({ id }) => runtime.stopContainer(id, stopGraceSeconds)));
  const sandboxes = await runtime.listSandboxes();
  await Promise.allSettled(sandboxes.map(({ id }) => runtime.stopSandbox(id)));
}

/** The images of a cluster whose engine runs; undefined where it does not. */
export async function openImages(paths: ClusterPaths, clock: Clock): Promise<ContainerdImages | undefined> {
  const layout = engineLayout(engineNames(paths));
  if (!(await findContainerd(layout))) return undefined;
  const { settings } = await checkHost(paths);
  return new ContainerdImages({ address: layout.address, snapshotter: settings.snapshotter, clock });
}

/** Ends the containers and the engine that a killed server left behind. */
export async function stopEngine(paths: ClusterPaths, clock: Clock): Promise<void> {
  const layout = engineLayout(engineNames(paths));
  const identity = await findContainerd(layout);
  if (identity) {
    await using runtime = new CriRuntime({
      address: layout.address,
      clock,
      log: silentLog,
    });
    await stopPods(runtime);
    await stopContainerd(layout, identity, clock);
  }
  await purgeProxy(new HostNetfilter(), paths.name);
}

/** Removes everything of a node from this machine. */
export async function purgeNode(paths: ClusterPaths, clock: Clock, log: Log): Promise<void> {
  await purgeProxy(new HostNetfilter(), paths.name);
  await purgeEngine({ ...engineNames(paths), clock, log });
  await new NodeMounts().unmountAll(paths.dataDir);
}
