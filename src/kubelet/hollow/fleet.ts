import type { IpFamily } from '#machinery/ip.ts';
import { nodes as nodesRef, pods as podsRef } from '#api/generated/refs.ts';
import type { Clock } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import { Heap } from '#base/heap.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import { StringMap } from '#base/string-map.ts';
import type { Breathe } from '#base/time-slice.ts';
import type { Client } from '#client/client.ts';
import type { Informer, InformerFactory } from '#client/informer.ts';
import { objectKey } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import { isTerminalPhase } from '../lifecycle/spec.ts';
import { Limiter } from '../limiter.ts';
import type { Pod } from '../types.ts';
import { AddressPool, addressesOf, ipv4Of } from './addresses.ts';
import { FleetNodes } from './fleet-nodes.ts';
import { endOfPod, fleetPodStatus, type HollowStage, readinessDelayMs } from './fleet-status.ts';

export interface HollowFleetOptions {
  readonly client: Client;
  /** Its informers of pods (all namespaces, no selector) and nodes are shared with everybody else's. */
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly nodes: number;
  /** Of which pods and nodes have addresses, the first family of the cluster first. Default IPv4. */
  readonly ipFamilies?: readonly IpFamily[];
  /** Default 'hollow-': nodes are called hollow-0, hollow-1, … */
  readonly namePrefix?: string;
  readonly labels?: (name: string, index: number) => Readonly<Record<string, string>>;
  /** Default: 32 CPUs, 256Gi, 110 pods. */
  readonly capacity?: Readonly<Record<string, string>>;
  /** From seeing a pod to its containers running; each pod takes 0.5 to 1.5 times this. Default 500. */
  readonly startLatencyMs?: number;
  /** From the order to stop to the pod being gone, if its grace period allows. Default 200. */
  readonly stopLatencyMs?: number;
  /** How long pods of Jobs run. Default 2,000. */
  readonly jobRunMs?: number;
  /** Default 25 s: two a lease's life, where a kubelet has four, so that a simulated fleet costs its cluster less. */
  readonly leaseIntervalMs?: number;
  /** Writes in flight at once. Default 32. */
  readonly concurrency?: number;
  /** Default: all that is due is begun in one turn of the event loop. */
  readonly breathe?: Breathe;
}

type Step = HollowStage | 'delete';

interface HollowPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Of IPv4, whatever the families are. */
  ip: string;
  startedAtMs: number;
  /** The stage that the API has been told of. */
  told: HollowStage | undefined;
  /** The resourceVersion of what it was told. */
  toldVersion: string;
  /** What comes next, so that only the last plan made counts. */
  next: Due | undefined;
  deleting: boolean;
}

interface Due {
  readonly atMs: number;
  readonly sequence: number;
  readonly pod: HollowPod;
  readonly step: Step;
  readonly exitCode: number;
}

const defaultCapacity = { cpu: '32', memory: '256Gi', 'ephemeral-storage': '512Gi', pods: '110' };
const retryMs = 1_000;

/**
 * Many simulated nodes in one process: they register, keep their leases, and make the pods bound to them live as a
 * kubelet would, without a runtime behind. A pod costs one small record and one entry of a shared schedule.
 */
export class HollowFleet implements AsyncDisposable {
  readonly #options: HollowFleetOptions;
  readonly #nodes: FleetNodes;
  readonly #limiter: Limiter;
  readonly #informer: Informer<Pod>;
  readonly #families: readonly IpFamily[];
  readonly #addresses = new AddressPool('10.128.0.0/9');
  readonly #pods = new StringMap<HollowPod>();
  readonly #schedule = new Heap<Due>(
    (a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence),
  );
  readonly #owned = new DisposableStore();
  #started = false;
  #sequence = 0;
  #timer: { atMs: number; handle: Disposable } | undefined;

  constructor(options: HollowFleetOptions) {
    this.#options = options;
    this.#families = options.ipFamilies ?? ['IPv4'];
    this.#limiter = new Limiter(options.concurrency ?? 32, options.breathe);
    const prefix = options.namePrefix ?? 'hollow-';
    this.#nodes = new FleetNodes({
      client: options.client,
      clock: options.clock,
      log: options.log,
      limiter: this.#limiter,
      known: options.informers.informer(nodesRef),
      names: Array.from({ length: options.nodes }, (_, index) => `${prefix}${index}`),
      capacity: options.capacity ?? defaultCapacity,
      ...(options.labels ? { labels: options.labels } : {}),
      nodeCidr: '172.16.0.0/12',
      ipFamilies: this.#families,
      leaseIntervalMs: options.leaseIntervalMs ?? 25_000,
    });
    this.#informer = options.informers.informer(podsRef) as Informer<Pod>;
  }

  /** Resolves when the nodes are registered. The informer factory is started by its owner. */
  async start(): Promise<void> {
    await this.#nodes.start();
    this.#started = true;
    this.#owned.add(
      this.#informer.on({
        added: pod => this.#observe(pod),
        updated: pod => this.#observe(pod),
        deleted: pod => this.#forget(pod),
      }),
    );
  }

  /** The node falls silent: no lease, no pod moves. For fault injection. */
  pauseNode(name: string): void {
    this.#nodes.setPaused(name, true);
  }

  resumeNode(name: string): void {
    this.#nodes.setPaused(name, false);
    // Before that, the addresses that pods have already are not known.
    if (!this.#started) return;
    for (const pod of this.#informer.list()) if (pod.spec?.nodeName === name) this.#observe(pod);
  }

  /** Pods that the fleet carries. */
  get podCount(): number {
    return this.#pods.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#owned[Symbol.dispose]();
    this.#nodes[Symbol.dispose]();
    this.#timer?.handle[Symbol.dispose]();
    this.#timer = undefined;
    this.#pods.clear();
  }

  #observe(pod: Pod): void {
    const nodeName = pod.spec?.nodeName;
    if (nodeName === undefined || this.#nodes.address(nodeName) === undefined) return;
    const uid = pod.metadata.uid!;
    let state = this.#pods.get(uid);
    if (!state) {
      state = newState(pod, this.#options.clock.now());
      if (state.ip && !pod.spec?.hostNetwork) this.#addresses.reserve(state.ip);
      this.#pods.set(uid, state);
    }
    if (!this.#nodes.runs(nodeName)) return;
    if (pod.metadata.deletionTimestamp) this.#planDeletion(state, pod);
    else if (!state.next && !isTerminalPhase(pod)) this.#planNext(state, pod);
  }

  #forget(pod: Pod): void {
    const state = this.#pods.get(pod.metadata.uid!);
    if (!state) return;
    if (state.ip && !pod.spec?.hostNetwork) this.#addresses.release(state.ip);
    state.next = undefined;
    this.#pods.delete(state.uid);
  }

  #planDeletion(state: HollowPod, pod: Pod): void {
    if (state.deleting) return;
    state.deleting = true;
    const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1_000;
    const neverRan = state.told === undefined || isTerminalPhase(pod);
    this.#plan(state, 'delete', neverRan ? 0 : Math.min(graceMs, this.#options.stopLatencyMs ?? 200));
  }

  #planNext(state: HollowPod, pod: Pod): void {
    const { startLatencyMs = 500, jobRunMs = 2_000, random, clock } = this.#options;
    if (state.told === undefined) {
      this.#plan(state, 'started', Math.round(startLatencyMs * (0.5 + random.next())));
      return;
    }
    if (state.told === 'ended') return;
    const ranMs = clock.now() - state.startedAtMs;
    if (state.told === 'started') {
      this.#plan(state, 'ready', Math.max(0, readinessDelayMs(pod) - ranMs));
      return;
    }
    const end = endOfPod(pod, jobRunMs);
    const news = readinessDiffers(pod) || specDiffers(pod);
    if (news && !isBefore(pod, state.toldVersion)) this.#plan(state, 'ready', 0);
    else if (end) this.#plan(state, 'ended', Math.max(0, end.afterMs - ranMs), end.exitCode);
  }

  #plan(state: HollowPod, step: Step, delayMs: number, exitCode = 0): void {
    const atMs = this.#options.clock.monotonicMs() + delayMs;
    const due: Due = { atMs, sequence: this.#sequence++, pod: state, step, exitCode };
    state.next = due;
    this.#schedule.push(due);
    this.#arm();
  }

  #arm(): void {
    const top = this.#schedule.peek();
    if (!top || this.#owned.disposed || (this.#timer && this.#timer.atMs <= top.atMs)) return;
    this.#timer?.handle[Symbol.dispose]();
    const { clock } = this.#options;
    const handle = clock.after(Math.max(0, top.atMs - clock.monotonicMs()), () => this.#fire());
    this.#timer = { atMs: top.atMs, handle };
  }

  #fire(): void {
    this.#timer = undefined;
    const now = this.#options.clock.monotonicMs();
    for (let top = this.#schedule.peek(); top && top.atMs <= now; top = this.#schedule.peek()) {
      this.#schedule.pop();
      const due = top;
      if (due.pod.next === due) void this.#limiter.run(() => this.#attempt(due));
    }
    this.#arm();
  }

  async #attempt(due: Due): Promise<void> {
    const state = due.pod;
    const pod = this.#informer.get(keyOf(state));
    if (this.#owned.disposed || state.next !== due || pod?.metadata.uid !== state.uid) return;
    if (!this.#nodes.runs(pod.spec?.nodeName)) {
      state.next = undefined;
      state.deleting = false;
      return;
    }
    try {
      if (due.step === 'delete') await this.#delete(state, pod);
      else await this.#tell(state, pod, due.step, due.exitCode);
    } catch (error) {
      this.#failed(due, error);
      return;
    }
    if (state.next !== due) return;
    state.next = undefined;
    const fresh = this.#informer.get(keyOf(state));
    if (fresh?.metadata.uid === state.uid) this.#observe(fresh);
  }

  #failed(due: Due, error: unknown): void {
    if (hasReason(error, 'NotFound') || due.pod.next !== due) return;
    const conflict = hasReason(error, 'Conflict');
    if (!conflict) {
      this.#options.log.warn('hollow node could not report a pod', {
        pod: keyOf(due.pod),
        error: String(error),
      });
    }
    this.#plan(due.pod, due.step, conflict ? 10 : retryMs, due.exitCode);
  }

  async #tell(state: HollowPod, pod: Pod, wanted: HollowStage, exitCode: number): Promise<void> {
    // Without a readiness probe a pod that runs is ready: one write instead of two.
    const stage = wanted === 'started' && readinessDelayMs(pod) === 0 ? 'ready' : wanted;
    const nowMs = this.#options.clock.now();
    if (!state.ip) state.ip = ipOf(pod) || this.#newAddress(pod);
    if (wanted === 'started') state.startedAtMs = nowMs;
    const hostIps = addressesOf(this.#nodes.address(pod.spec!.nodeName!)!, this.#families);
    const podIps = addressesOf(state.ip, this.#families);
    const facts = { nowMs, startedAtMs: state.startedAtMs, hostIps, podIps, exitCode };
    const status = fleetPodStatus(pod, stage, facts);
    const told = await this.#options.client.updateStatus(podsRef, { ...pod, status });
    state.told = stage;
    state.toldVersion = told.metadata.resourceVersion!;
  }

  async #delete(state: HollowPod, pod: Pod): Promise<void> {
    // Whoever holds a finalizer (Jobs do) waits for a final phase before letting go.
    if (pod.metadata.finalizers?.length && !isTerminalPhase(pod)) await this.#tell(state, pod, 'ended', 143);
    const { namespace, name } = pod.metadata;
    await this.#options.client.delete(podsRef, namespace!, name!, {
      gracePeriodSeconds: 0,
      preconditions: { uid: state.uid },
    });
  }

  #newAddress(pod: Pod): string {
    return pod.spec!.hostNetwork ? this.#nodes.address(pod.spec!.nodeName!)! : this.#addresses.take();
  }
}

function ipOf({ status }: Pod): string {
  return ipv4Of((status?.podIPs ?? []).map(({ ip }) => ip));
}

function keyOf({ namespace, name }: HollowPod): string {
  return objectKey({ metadata: { namespace, name } });
}

/** A pod that an earlier fleet had started goes on from there. */
function newState(pod: Pod, nowMs: number): HollowPod {
  const running = pod.status?.phase === 'Running';
  const ready = pod.status?.conditions?.some(c => c.type === 'ContainersReady' && c.status === 'True');
  return {
    namespace: pod.metadata.namespace!,
    name: pod.metadata.name!,
    uid: pod.metadata.uid!,
    ip: ipOf(pod),
    startedAtMs: running && pod.status?.startTime ? Date.parse(pod.status.startTime) : nowMs,
    toldVersion: pod.metadata.resourceVersion!,
    told: isTerminalPhase(pod) ? 'ended' : running ? (ready ? 'ready' : 'started') : undefined,
    next: undefined,
    deleting: false,
  };
}

/**
 * The Ready condition of a pod whose containers are ready is not what they and the readiness gates make it: a gate has
 * moved, or the control plane wrote off a node that is back.
 */
function readinessDiffers(pod: Pod): boolean {
  const isTrue = (type: string) => pod.status?.conditions?.find(c => c.type === type)?.status === 'True';
  const open = (pod.spec?.readinessGates ?? []).every(gate => isTrue(gate.conditionType));
  return open !== isTrue('Ready');
}

/** The spec is another than the one that the status is of: a resize, an ephemeral container. */
function specDiffers({ metadata, status }: Pod): boolean {
  return (metadata.generation ?? 0) !== (status?.observedGeneration ?? 0);
}

/** KEP-5504: resource versions are decimal numbers that grow. */
function isBefore(pod: Pod, resourceVersion: string): boolean {
  return BigInt(pod.metadata.resourceVersion!) < BigInt(resourceVersion);
}
