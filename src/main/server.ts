import type { NodeDialer } from '#apiserver/nodes.ts';
import type { Listener } from '#apiserver/http/listener.ts';
import { createNodeDialer } from '#apiserver/http/node-dialer.ts';
import { type PemFiles, createPki } from '#apiserver/pki/pki.ts';
import { loadPki, savePki } from '#apiserver/pki/pki-files.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import type { Clock } from '#base/clock.ts';
import { SqliteStore } from '#store/sqlite/sqlite-store.ts';
import { type ClusterRecord, addressIn, nodePodCidr, writeJson } from './cluster-record.ts';
import type { ControlPlane } from './control-plane.ts';
import { publishApiServer } from './kubernetes-endpoint.ts';
import type { ClusterPaths } from './paths.ts';
import { startTimeOf } from './process.ts';
import type { Steps } from './steps.ts';

export interface ServerOptions {
  readonly paths: ClusterPaths;
  readonly record: ClusterRecord;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly steps: Steps;
}

/** A node of this process: real (kubelet, proxy, DNS) or simulated. */
export interface NodePart {
  /** Leaves nothing running. */
  stop(): Promise<void>;
}

/** A whole cluster in this process. */
export class ClusterServer {
  readonly controlPlane: ControlPlane;
  readonly port: number;
  readonly pki: PemFiles;
  readonly #options: ServerOptions;
  readonly #store: SqliteStore;
  readonly #listeners: Listener[];
  #node: NodePart | undefined;
  #stopped: Promise<void> | undefined;

  private constructor(
    options: ServerOptions,
    parts: { store: SqliteStore; controlPlane: ControlPlane; listener: Listener; pki: PemFiles },
  ) {
    this.#options = options;
    this.#store = parts.store;
    this.controlPlane = parts.controlPlane;
    this.pki = parts.pki;
    this.port = parts.listener.port;
    this.#listeners = [parts.listener];
  }

  /** The API answers when this resolves. */
  static async start(options: ServerOptions): Promise<ClusterServer> {
    const { paths, record, clock, random, log, steps } = options;
    // The store's thread reads the state while this one loads the code.
    const [store, { ControlPlane, Listener }, pki] = await Promise.all([
      steps.run('store', () => SqliteStore.open({ path: paths.database, clock, log })),
      steps.run('code', loadApiServer),
      steps.run('certificates', () => ensurePki(options)),
    ]);
    const controlPlane = await steps.run('control plane', () =>
      ControlPlane.start({
        store,
        clock,
        random,
        log,
        nodes: nodeDialer(pki),
        pki: () => pki,
        rootCa: pki['ca.crt']!,
        serviceCidr: record.serviceCidr,
        kubernetesServiceIp: addressIn(record.serviceCidr, 1),
      }),
    );
    const listen = (host: string, port: number) =>
      Listener.open({
        server: controlPlane.server,
        tls: { key: pki['apiserver.key']!, cert: pki['apiserver.crt']!, clientCa: pki['ca.crt']! },
        host,
        port,
        random,
        log,
      });
    const listener = await steps.run('listener', () => listen('127.0.0.1', record.port));
    const server = new ClusterServer(options, { store, controlPlane, listener, pki });
    server.#listen = listen;
    const startTime = (await startTimeOf(process.pid)) ?? '';
    await writeJson(paths.server, { pid: process.pid, startTime, port: listener.port });
    return server;
  }

  #listen: (host: string, port: number) => Promise<Listener> = () => Promise.reject(new Error('not started'));

  /** Starts the controllers, the scheduler and the node; resolves when all of them run. */
  async run(): Promise<void> {
    const { steps, record } = this.#options;
    const components = steps.run('controllers and scheduler', () => this.controlPlane.run());
    this.#node = record.mode === 'hollow' ? await this.#startHollow() : await this.#startReal();
    await components;
  }

  async #startHollow(): Promise<NodePart> {
    const { steps, record } = this.#options;
    const { startHollowNodes } = await import('./hollow-nodes.ts');
    return steps.run('hollow nodes', () =>
      startHollowNodes(this.controlPlane, this.#options, record.hollowNodes),
    );
  }

  async #startReal(): Promise<NodePart> {
    const { startRealNode } = await import('./real-node.ts');
    const { record } = this.#options;
    const gateway = addressIn(nodePodCidr(record.podCidr), 1);
    return startRealNode(this.#options, this, async () => {
      // Pods reach the API server at the bridge's own address, which exists once the engine has made the bridge.
      this.#listeners.push(await this.#listen(gateway, this.port));
      await publishApiServer(this.controlPlane.client, gateway, this.port);
    });
  }

  /** Ends everything that this process started, containers too; the state stays on disk. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await this.#node?.stop();
    await Promise.all(this.#listeners.map(listener => listener[Symbol.asyncDispose]()));
    await this.controlPlane[Symbol.asyncDispose]();
    await this.#store[Symbol.asyncDispose]();
  }
}

async function loadApiServer() {
  const [{ ControlPlane }, { Listener }] = await Promise.all([
    import('./control-plane.ts'),
    import('#apiserver/http/listener.ts'),
  ]);
  return { ControlPlane, Listener };
}

function nodeDialer(pki: PemFiles): NodeDialer {
  return createNodeDialer({
    key: pki['apiserver-kubelet-client.key']!,
    cert: pki['apiserver-kubelet-client.crt']!,
    ca: pki['ca.crt']!,
  });
}

async function ensurePki({ paths, record, clock }: ServerOptions): Promise<PemFiles> {
  const existing = await loadPki(paths.pki);
  const { nodeIps } = await import('./node-address.ts');
  const pki = createPki({
    clock,
    nodeName: record.nodeName,
    nodeIps: nodeIps(record),
    serviceIp: addressIn(record.serviceCidr, 1),
    existing,
  });
  await savePki(paths.pki, pki, existing);
  return pki;
}
