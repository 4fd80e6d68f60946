import { events as eventsRef, pods as podsRef } from '#api/generated/refs.ts';
import { type Log, silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { MemoryHost, type MemoryHostOptions } from '#kubelet/host/memory-host.ts';
import { HollowRuntime, type HollowRuntimeOptions } from '#kubelet/hollow/hollow-runtime.ts';
import { createKubelet, type Kubelet, type KubeletOptions } from '#kubelet/kubelet.ts';
import type { Pod } from '#kubelet/types.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

/** A cluster in memory with one kubelet on a simulated runtime, all on virtual time: for this room's tests. */
export class KubeletBed implements AsyncDisposable {
  readonly clock: VirtualClock;
  readonly cluster: Cluster;
  readonly runtime: HollowRuntime;
  readonly host: MemoryHost;
  readonly #more: Pick<KubeletOptions, 'log'> & Partial<KubeletOptions>;
  kubelet: Kubelet;

  private constructor(
    clock: VirtualClock,
    cluster: Cluster,
    runtime: HollowRuntime,
    host: MemoryHost,
    more: Pick<KubeletOptions, 'log'> & Partial<KubeletOptions>,
  ) {
    this.clock = clock;
    this.cluster = cluster;
    this.runtime = runtime;
    this.host = host;
    this.#more = more;
    this.kubelet = this.#make();
  }

  static async start(
    options: {
      runtime?: Partial<HollowRuntimeOptions>;
      host?: MemoryHostOptions;
      log?: Log;
      kubelet?: Partial<KubeletOptions>;
    } = {},
  ): Promise<KubeletBed> {
    const clock = new VirtualClock(settle);
    const log = options.log ?? silentLog;
    const starting = startCluster({ nodes: 0, clock, seed: 1, log });
    let cluster: Cluster | undefined;
    void starting.then(started => {
      cluster = started;
    });
    await clock.advanceUntil(() => cluster !== undefined, 60_000);
    const runtime = new HollowRuntime({ clock, random: new SeededRandom(2), ...options.runtime });
    const host = new MemoryHost(options.host);
    const bed = new KubeletBed(clock, await starting, runtime, host, { log, ...options.kubelet });
    await bed.up();
    return bed;
  }

  /** Creates a pod that is bound to the node already. */
  async create(
    name: string,
    spec: Partial<NonNullable<Pod['spec']>>,
    metadata: Pod['metadata'] = {},
  ): Promise<Pod> {
    return this.cluster.client.create(podsRef, {
      metadata: { name, namespace: 'default', ...metadata },
      spec: {
        nodeName: 'node-1',
        automountServiceAccountToken: false,
        containers: [{ name: 'main', image: 'app:1' }],
        ...spec,
      },
    });
  }

  async pod(name: string): Promise<Pod | undefined> {
    return this.cluster.client.get(podsRef, 'default', name).catch(() => undefined);
  }

  /** Of the pod's first container. */
  async containerStatus(name: string) {
    return (await this.pod(name))?.status?.containerStatuses?.[0];
  }

  /** For `until`. */
  isReady(name: string): () => Promise<boolean> {
    return async () => conditionOf(await this.pod(name), 'Ready') === 'True';
  }

  /** The pod's events: type, reason and message. */
  async told(name: string): Promise<string[]> {
    const { items } = await this.cluster.client.list(eventsRef, 'default');
    return items.filter(e => e.involvedObject?.name === name).map(e => `${e.type} ${e.reason}: ${e.message}`);
  }

  /** Lets time go by until the condition holds; false when `limitMs` have gone by first. */
  until(condition: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<boolean> {
    return this.clock.advanceUntil(condition, limitMs);
  }

  /** Kills the kubelet and starts a new one on the same runtime and disk. */
  async restart(): Promise<void> {
    await this.kubelet[Symbol.asyncDispose]();
    this.kubelet = this.#make();
    await this.up();
  }

  async up(): Promise<void> {
    let running = false;
    void this.kubelet.start().then(() => {
      running = true;
    });
    await this.until(() => running);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kubelet[Symbol.asyncDispose]();
    await this.runtime[Symbol.asyncDispose]();
    await this.cluster.stop();
  }

  #make(): Kubelet {
    return createKubelet({
      client: this.cluster.controlPlane.clientOf('kubelet'),
      runtime: this.runtime,
      host: this.host,
      clock: this.clock,
      random: new SeededRandom(3),
      nodeName: 'node-1',
      rootDirectory: '/kubelet',
      clusterDns: { servers: ['10.96.0.10'], domain: 'cluster.local' },
      ...this.#more,
    });
  }
}

/** A condition of a pod, as 'True', 'False' or ''. */
export function conditionOf(pod: Pod | undefined, type: string): string {
  return pod?.status?.conditions?.find(condition => condition.type === type)?.status ?? '';
}
