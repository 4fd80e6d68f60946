import { familyOf } from '#machinery/ip.ts';
import { rm } from 'node:fs/promises';
import { installedDescriptions } from '#apiserver/openapi/descriptions.ts';
import type { Listener } from '#apiserver/http/listener.ts';
import { createOutbound } from '#apiserver/http/outbound.ts';
import { ThreadedYaml } from '#apiserver/http/threaded-yaml.ts';
import type { BackendTls } from '#apiserver/proxy/backends.ts';
import { createBackends } from '#apiserver/proxy/node-backends.ts';
import { type PemFiles, createPki } from '#apiserver/pki/pki.ts';
import { loadPki, savePki } from '#apiserver/pki/pki-files.ts';
import { SqliteStore } from '#store/sqlite/sqlite-store.ts';
import type { Store } from '#store/store.ts';
import { openAudit } from './audit/open-audit.ts';
import { addressIn, nodePodCidrs } from './cluster-record.ts';
import type { ApiServerSettings } from './api-server-settings.ts';
import { type EncryptionFile, ensureEncryption } from './config/encryption-config.ts';
import { Encryption } from './encryption.ts';
import type { ControlPlane } from './control-plane.ts';
import { listenerTls } from './listener.ts';
import { LivePki } from './live-pki.ts';
import { gatewayAddresses, networkAddress, nodeIps } from './node-address.ts';
import { owned } from './owned.ts';
import { localStorageOf, type NodePart, type ServedCluster, type ServerOptions } from './server-options.ts';
import { serviceCidrsOf } from './service-range.ts';

/** A whole cluster in this process. */
export class ClusterServer implements ServedCluster, AsyncDisposable {
  readonly controlPlane: ControlPlane;
  readonly port: number;
  readonly pki: LivePki;
  readonly #options: ServerOptions;
  readonly #parts: AsyncDisposableStack;
  readonly #listen: (host: string, port: number) => Promise<Listener>;
  #node: NodePart | undefined;
  #running: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  private constructor(
    options: ServerOptions,
    opened: ServedCluster & {
      readonly parts: AsyncDisposableStack;
      readonly listen: (host: string, port: number) => Promise<Listener>;
    },
  ) {
    this.#options = options;
    this.#parts = opened.parts;
    this.#listen = opened.listen;
    this.controlPlane = opened.controlPlane;
    this.port = opened.port;
    this.pki = opened.pki;
  }

  /** The API answers when this resolves; where it rejects nothing stays open. */
  static async start(options: ServerOptions): Promise<ClusterServer> {
    const { record, clock, random, log, steps } = options;
    await using parts = new AsyncDisposableStack();
    const { audit: asked, encryption, ...additions } = options.additions ?? {};
    const sealing = owned(parts, startEncryption(options, encryption));
    const opening = owned(
      parts,
      steps.run('store', () => openStore(options, sealing)),
    );
    const certificates = owned(
      parts,
      steps.run('certificates', () => openPki(options)),
    );
    // The store's thread reads the state while this one loads the code.
    const [store, { ControlPlane, Listener }, pki] = await Promise.all([
      opening,
      steps.run('code', loadApiServer),
      certificates,
    ]);
    const apiServer = withEncryption(additions.apiServer, await sealing, encryption);
    const audit = asked && parts.use(await openAudit(asked, options));
    const controlPlane = parts.use(
      await steps.run('control plane', () =>
        ControlPlane.start({
          ...additions,
          apiServer,
          localStorage: localStorageOf(options),
          ...(audit ? { audit } : {}),
          store,
          clock,
          random,
          log,
          kubeletTls: () => kubeletTls(pki.files),
          outbound: createOutbound(),
          yaml: new ThreadedYaml(clock),
          backends: createBackends(),
          pki: () => pki.files,
          rootCa: pki.files['ca.crt']!,
          frontProxyCa: pki.files['front-proxy-ca.crt']!,
          ...(record.mode === 'real'
            ? { removeHostPath, nodeCidrs: { clusterCidrs: nodePodCidrs(record) } }
            : {}),
          serviceCidrs: serviceCidrsOf(record),
          descriptions: installedDescriptions,
        }),
      ),
    );
    const { server } = controlPlane;
    const listen = async (host: string, port: number) => {
      const tls = (files: PemFiles) => listenerTls(files, apiServer);
      const { serving } = apiServer;
      const listener = await Listener.open({ server, tls: tls(pki.files), host, port, random, log, serving });
      const renew = () => listener.renew(tls(pki.files));
      pki.onRenewal(renew);
      serving?.onChange?.(renew);
      return listener;
    };
    const { port } = parts.use(await steps.run('listener', () => listen('127.0.0.1', record.port)));
    return new ClusterServer(options, { controlPlane, port, pki, listen, parts: parts.move() });
  }

  /** Starts the controllers, the scheduler and the node; resolves when all of them run. */
  run(): Promise<void> {
    this.#running = this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    const { steps, record } = this.#options;
    const components = steps.run('controllers and scheduler', () => this.controlPlane.run());
    this.#node = record.mode === 'hollow' ? await this.#startHollow() : await this.#startReal();
    await components;
  }

  async #startHollow(): Promise<NodePart> {
    const { steps, record } = this.#options;
    const { startHollowNodes } = await import('./hollow-nodes.ts');
    const [family] = serviceCidrsOf(record).map(familyOf);
    await this.controlPlane.publish(networkAddress(family), this.port);
    return steps.run('hollow nodes', () => startHollowNodes(this.controlPlane, this.#options));
  }

  async #startReal(): Promise<NodePart> {
    const { startRealNode } = await import('./real-node.ts');
    const [gateway] = gatewayAddresses(this.#options.record);
    return startRealNode(this.#options, this, async () => {
      // Pods reach the API server at the bridge's own address, which exists once the engine has made the bridge.
      this.#parts.use(await this.#listen(gateway!, this.port));
      await this.controlPlane.publish(gateway!, this.port);
    });
  }

  /** Ends everything that this process started, containers too; the state stays on disk. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    // What is being started can be stopped only once it stands; why it failed, `run` has told.
    await this.#running?.catch(() => {});
    this.controlPlane.server.beginShutdown();
    try {
      await this.#node?.stop();
    } finally {
      await this.#parts.disposeAsync();
    }
  }
}

async function loadApiServer() {
  const [{ ControlPlane }, { Listener }] = await Promise.all([
    import('./control-plane.ts'),
    import('#apiserver/http/listener.ts'),
  ]);
  return { ControlPlane, Listener };
}

async function startEncryption(parts: ServerOptions, given: EncryptionFile | undefined): Promise<Encryption> {
  const settings = given?.file.value ?? (await ensureEncryption(parts.paths.encryption));
  const encryption = await Encryption.start(settings, parts);
  if (given?.reloads) given.file.acceptedBy(changed => encryption.change(changed));
  return encryption;
}

/** What the API server tells of it, and the file that it is to follow. */
function withEncryption(
  apiServer: ApiServerSettings = {},
  encryption: Encryption,
  given: EncryptionFile | undefined,
): ApiServerSettings {
  return {
    ...apiServer,
    families: encryption.families,
    healthChecks: encryption.healthChecks(given?.reloads ?? false),
    files: [...(apiServer.files ?? []), ...(given?.reloads ? [given.file] : [])],
  };
}

/** What is to be encrypted is encrypted once this resolves. */
async function openStore(
  { paths, clock, log, isNew }: ServerOptions,
  sealing: Promise<Encryption>,
): Promise<Store> {
  const store = await SqliteStore.open({ path: paths.database, mustExist: !isNew, clock, log });
  try {
    return await (await sealing).sealed(store);
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

function kubeletTls(pki: PemFiles): BackendTls {
  return {
    key: pki['apiserver-kubelet-client.key']!,
    cert: pki['apiserver-kubelet-client.crt']!,
    ca: pki['ca.crt']!,
  };
}

/** Tells what was made anew, for others may have copies. */
async function openPki({ paths, record, clock, log }: ServerOptions): Promise<LivePki> {
  const existing = await loadPki(paths.pki);
  const renew = (files: PemFiles) =>
    createPki({
      clock,
      nodeName: record.nodeName,
      nodeIps: nodeIps(record),
      serviceIp: addressIn(serviceCidrsOf(record)[0]!, 1),
      existing: files,
    });
  const files = withFolder(paths.pki, () => renew(existing));
  const changed = Object.keys(files).filter(name => files[name] !== existing[name]);
  if (changed.length > 0 && Object.keys(existing).length > 0)
    log.warn('keys and certificates were made anew', { files: changed });
  const save = (after: PemFiles, before: PemFiles) => savePki(paths.pki, after, before);
  await save(files, existing);
  return new LivePki({ clock, log, files, renew, save });
}

/** An error of `work` names a file: this says in which folder. */
function withFolder<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${folder}: ${(error as Error).message}`, { cause: error });
  }
}

function removeHostPath(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true });
}
