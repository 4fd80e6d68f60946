import { pods as podsRef, services as servicesRef } from '#api/generated/refs.ts';
import type { Clock } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import type { Log } from '#base/log.ts';
import type { MetricFamily } from '#base/metric-families.ts';
import { OwnedClock } from '#base/owned-clock.ts';
import type { Random } from '#base/random.ts';
import type { Client } from '#client/client.ts';
import { createEventRecorder, type EventRecorder, type EventType } from '#client/events.ts';
import { type Informer, InformerFactory } from '#client/informer.ts';
import { kubeletConfiguration } from './config/configuration.ts';
import {
  type CompleteSettings,
  completeSettings,
  type KubeletSettings,
  type NodePolicy,
  nodePolicy,
} from './config/settings.ts';
import { type ClusterDns, parseResolvConf } from './config/dns.ts';
import { Layout } from './config/layout.ts';
import type { Pressure } from './eviction/signals.ts';
import type { HostPort, MachineFacts } from './host/port.ts';
import { Backoff, restartBackoffLimits } from './lifecycle/backoff.ts';
import { NodeMetrics, podMetrics, probeMetrics, VolumeMetrics } from './metrics.ts';
import { Housekeeping } from './node/housekeeping.ts';
import { maxPodsDefault, nodeFacts } from './node/machine-facts.ts';
import { NodeAgent } from './node/node-agent.ts';
import type { NodeFacts, NodeHealth } from './node/node-object.ts';
import { RuntimeQuestions } from './node/runtime-questions.ts';
import { ProbeManager } from './probes/probe-manager.ts';
import { Prober } from './probes/prober.ts';
import type { Runtime } from './runtime.ts';
import type { Pod } from './types.ts';
import { ObjectSources } from './volumes/object-sources.ts';
import { PodVolumes } from './volumes/pod-volumes.ts';
import type { WorkerContext } from './workers/context.ts';
import { type MountImage, ImageVolumes } from './workers/image-volumes.ts';
import { ImageManager } from './workers/images.ts';
import { Relist } from './workers/pleg.ts';
import { PodCgroups } from './workers/pod-cgroups.ts';
import { PodWorkers } from './workers/pod-workers.ts';

export interface KubeletOptions {
  readonly client: Client;
  readonly runtime: Runtime;
  readonly host: HostPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly nodeName: string;
  /** Where pods' files and logs go. */
  readonly rootDirectory: string;
  readonly clusterDns: ClusterDns;
  /** Control group below which the pods' groups stand, e.g. '/coxswain-NAME'. Default ''. */
  readonly cgroupRoot?: string;
  /** Shared informers; started by the kubelet. Default: its own. */
  readonly informers?: InformerFactory;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: NodeFacts['taints'];
  readonly maxPods?: number;
  /** Port of the node's server, as the API server reaches it; 0: there is none. */
  readonly kubeletPort?: number;
  /** The node's addresses, its own first. Default: the machine's. */
  readonly addresses?: readonly string[];
  /** Default 1,000. */
  readonly relistPeriodMs?: number;
  readonly settings?: KubeletSettings;
  /** Names of images that are never collected, beside those that the runtime calls pinned. Default: none. */
  readonly pinnedImages?: () => Promise<ReadonlySet<string>>;
  /** Default: images have no files, as in a simulated runtime. */
  readonly mountImage?: MountImage;
}

const relistStaleMs = 180_000;

/** Runs the pods that are bound to one node. */
export interface Kubelet extends AsyncDisposable {
  /** Resolves when the node is registered and its pods are known. */
  start(): Promise<void>;
  /** The pods of this node. */
  pods(): readonly Pod[];
  pod(namespace: string, name: string): Pod | undefined;
  readonly layout: Layout;
  readonly runtime: Runtime;
  readonly host: HostPort;
  readonly clock: Clock;
  readonly nodeName: string;
  /** Of /metrics and of /metrics/probes. */
  readonly metrics: readonly MetricFamily[];
  readonly probeMetrics: readonly MetricFamily[];
  /** A KubeletConfiguration. */
  readonly configuration: object;
}

const noImages = () => Promise.resolve(new Set<string>());
const noFiles: MountImage = () => Promise.resolve();

/** Makes a kubelet; nothing happens before `start`. Disposing of it leaves the containers running. */
export function createKubelet(options: KubeletOptions): Kubelet {
  return new NodeKubelet(options);
}

class NodeKubelet implements Kubelet {
  readonly layout: Layout;
  readonly runtime: Runtime;
  readonly host: HostPort;
  readonly clock: Clock;
  readonly nodeName: string;
  readonly metrics: readonly MetricFamily[];
  readonly probeMetrics: readonly MetricFamily[];
  readonly configuration: object;
  readonly #options: KubeletOptions;
  readonly #policy: NodePolicy;
  readonly #nodeMetrics = new NodeMetrics();
  readonly #volumeMetrics = new VolumeMetrics();
  readonly #owned = new DisposableStore();
  readonly #informers: InformerFactory;
  readonly #questions: RuntimeQuestions;
  #workers: PodWorkers | undefined;
  #relist: Relist | undefined;
  #agent: NodeAgent | undefined;
  #probes: ProbeManager | undefined;
  #housekeeping: Housekeeping | undefined;

  constructor(options: KubeletOptions) {
    this.#options = options;
    this.runtime = options.runtime;
    this.host = options.host;
    this.clock = options.clock;
    this.nodeName = options.nodeName;
    this.layout = new Layout(options.rootDirectory);
    const settings: CompleteSettings = completeSettings(options.settings);
    this.#policy = nodePolicy(settings);
    this.metrics = [
      ...podMetrics(options.nodeName, () => this.pods()),
      ...this.#nodeMetrics.all(),
      ...this.#volumeMetrics.all(),
    ];
    this.probeMetrics = probeMetrics(() => this.#probes?.counts() ?? []);
    this.configuration = kubeletConfiguration({
      clusterDns: options.clusterDns,
      cgroupRoot: options.cgroupRoot ?? '',
      maxPods: options.maxPods ?? maxPodsDefault,
      port: options.kubeletPort ?? 0,
      settings,
    });
    const { clock, random, log, runtime } = options;
    this.#questions = new RuntimeQuestions({ runtime, clock, log });
    this.#informers =
      options.informers ?? this.#owned.add(new InformerFactory(options.client, { clock, random, log }));
  }

  async start(): Promise<void> {
    const { client, host, log, clock, nodeName, runtime } = this.#options;
    const podInformer = this.#informers.informer(podsRef, {
      fieldSelector: `spec.nodeName=${nodeName}`,
    }) as Informer<Pod>;
    this.#informers.informer(servicesRef);
    this.#informers.start();
    await host.fs.makeDirectory(this.layout.root, 0o750);
    const [machine, version, resolvConf] = await Promise.all([
      host.machine(),
      runtime.version(),
      host.resolvConf(),
    ]);
    const recorder = this.#owned.add(
      createEventRecorder({ ...this.#options, component: 'kubelet', host: nodeName }),
    );
    // Upstream's kubelets write a node's name in the place of its uid.
    const nodeReference = { kind: 'Node', name: nodeName, uid: nodeName };
    const tell = (type: EventType, reason: string, message: string) =>
      recorder.event(nodeReference, type, reason, message);
    tell('Normal', 'Starting', 'Starting kubelet.');
    const runtimeVersion = `${version.runtimeName}://${version.runtimeVersion.replace(/^v/, '')}`;
    this.#agent = this.#owned.add(
      new NodeAgent({
        client,
        clock,
        log,
        facts: () => this.#facts(machine, runtimeVersion),
        health: () => this.#health(),
        tell,
      }),
    );
    const registered = this.#agent.start();
    const context = await this.#context({ machine, runtimeName: version.runtimeName, resolvConf, recorder });
    this.#workers = this.#owned.add(new PodWorkers(context, podInformer));
    await Promise.all([registered, podInformer.whenSynced()]);
    if (this.#owned.disposed) return;
    this.#housekeeping = this.#owned.add(
      new Housekeeping({
        context,
        workers: this.#workers,
        policy: this.#policy,
        metrics: this.#nodeMetrics,
        pinnedImages: this.#options.pinnedImages ?? noImages,
        report: async () => this.#agent?.report(),
        tell,
      }),
    );
    this.#workers.start();
    this.#watchRuntime(context);
    this.#housekeeping.start();
  }

  pods(): readonly Pod[] {
    return this.#workers?.pods() ?? [];
  }

  pod(namespace: string, name: string): Pod | undefined {
    return this.#workers?.get(`${namespace}/${name}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#owned[Symbol.dispose]();
  }

  #watchRuntime(context: WorkerContext): void {
    const { runtime, clock, log, relistPeriodMs = 1_000 } = this.#options;
    const workers = this.#workers!;
    this.#relist = this.#owned.add(
      new Relist({
        runtime,
        clock,
        log,
        periodMs: relistPeriodMs,
        changed: uid => workers.wake(uid),
        seen: uids => workers.removeOrphans(uids),
      }),
    );
    this.#relist.start();
    context.log.info('the kubelet runs', { node: this.nodeName, pods: workers.pods().length });
  }

  async #facts(machine: MachineFacts, runtimeVersion: string): Promise<NodeFacts> {
    const { labels, taints, maxPods, kubeletPort = 0, addresses, nodeName } = this.#options;
    const settings = {
      nodeName,
      kubeletPort,
      ...(labels ? { labels } : {}),
      ...(taints ? { taints } : {}),
      ...(maxPods ? { maxPods } : {}),
      ...(addresses ? { addresses } : {}),
      thresholds: this.#policy.thresholds,
    };
    return nodeFacts(machine, settings, runtimeVersion, await this.#questions.images());
  }

  async #health(): Promise<NodeHealth> {
    const notReady: string[] = [];
    const status = await this.#questions.status();
    if (!status) {
      notReady.push('container runtime is down');
    } else if (!status.runtimeReady) {
      notReady.push(`container runtime not ready: RuntimeReady=false ${status.message}`);
    } else if (!status.networkReady) {
      notReady.push(
        `container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:${status.message}`,
      );
    }
    if (this.#relist && this.#relist.ageMs > relistStaleMs) {
      const seconds = Math.round(this.#relist.ageMs / 1_000);
      notReady.push(`PLEG is not healthy: pleg was last seen active ${seconds}s ago; threshold is 3m0s`);
    }
    const short = (pressure: Pressure) => this.#housekeeping?.pressures.includes(pressure) ?? false;
    return {
      notReady,
      memoryPressure: short('MemoryPressure'),
      diskPressure: short('DiskPressure'),
      pidPressure: short('PIDPressure'),
    };
  }

  async #context({
    machine,
    runtimeName,
    resolvConf,
    recorder,
  }: {
    readonly machine: MachineFacts;
    readonly runtimeName: string;
    readonly resolvConf: string;
    readonly recorder: EventRecorder;
  }): Promise<WorkerContext> {
    const { client, host, runtime, random, log, nodeName, clusterDns } = this.#options;
    const { mountImage: mount = noFiles } = this.#options;
    const owned = this.#owned;
    // Workers may be in the middle of a long wait when the kubelet stops.
    const clock = owned.add(new OwnedClock(this.#options.clock));
    const wake = (uid: string) => this.#workers?.wake(uid);
    const prober = new Prober(runtime, host.network);
    const sources = owned.add(new ObjectSources(client, { clock, random, log }, wake));
    const serviceInformer = this.#informers.informer(servicesRef);
    const facts = await this.#facts(machine, '');
    const probes = owned.add(new ProbeManager({ prober, clock, log, recorder, changed: wake }));
    this.#probes = probes;
    const root = this.#options.cgroupRoot ?? '';
    const activePods = () => this.#workers?.active() ?? [];
    const images = new ImageManager({ client, runtime, clock, recorder });
    return {
      client,
      runtime,
      runtimeName,
      host,
      clock,
      random,
      log,
      recorder,
      layout: this.layout,
      sources,
      volumes: new PodVolumes({ host, layout: this.layout, sources }),
      images,
      imageVolumes: new ImageVolumes({ images, mount, host, metrics: this.#volumeMetrics }),
      probes,
      prober,
      backoff: new Backoff(restartBackoffLimits),
      nodeName,
      hostIps: this.#options.addresses ?? machine.addresses,
      hostDns: parseResolvConf(resolvConf),
      clusterDns,
      cgroupRoot: root,
      cgroups: new PodCgroups({ host, log, root, cpus: machine.cpus, activePods }),
      memoryCapacityBytes: machine.memoryBytes,
      appArmor: machine.appArmor ?? false,
      nodeAllocatable: facts.allocatable,
      node: () => this.#agent?.node,
      freshNode: async () => this.#agent?.refresh(),
      pressures: () => this.#housekeeping?.pressures ?? [],
      activePods,
      services: () => {
        if (!serviceInformer.synced) {
          throw new Error('services have not yet been read at least once, cannot construct envs');
        }
        return serviceInformer.list();
      },
    };
  }
}
