import { pods as podsRef } from '#api/generated/refs.ts';
import { hasReason } from '#machinery/status.ts';
import type { DownwardFacts } from '../config/downward.ts';
import { newest, type ObservedPod, type PodView, podText, type Waiting } from '../lifecycle/observed.ts';
import { isIdle, type PodPlan, planPod } from '../lifecycle/plan.ts';
import { podStatus } from '../lifecycle/pod-status.ts';
import { isTerminalPhase } from '../lifecycle/spec.ts';
import type { SandboxConfig, SandboxStatus } from '../runtime.ts';
import type { Node, Pod } from '../types.ts';
import { MountError } from '../volumes/pod-volumes.ts';
import { admit, type Eviction, type Rejection } from './admission.ts';
import { ContainerRunner, type PodGround } from './containers.ts';
import type { WorkerContext } from './context.ts';
import { observePod } from './observe.ts';
import { GracePeriod } from './grace-period.ts';
import { killPod, removePod } from './pod-killer.ts';
import { limitsStorage, storageExcess } from './local-storage.ts';
import { PodResizer } from './pod-resizer.ts';
import { removeRemains } from './pod-remains.ts';
import { podSandboxConfig } from './sandbox-config.ts';
import { StartError } from './start-error.ts';
import { writePodStatus } from './status-writer.ts';

const retryMs = 10_000;
const soonMs = 20;
const resyncMs = 60_000;
/** How long a postStart hook may take. */
const startSecondsMax = 3_600;
const mountRetryMinMs = 500;
const mountRetryMaxMs = 122_000;

interface Problem extends Waiting {
  readonly retryAtMs: number;
}

/** Drives one pod: all that is done for it is done here, one step at a time. */
export class PodWorker implements Disposable {
  readonly uid: string;
  readonly #context: WorkerContext;
  readonly #runner: ContainerRunner;
  readonly #finished: () => void;
  readonly #problems = new Map<string, Problem>();
  readonly #view: PodView;
  readonly #resizer: PodResizer;
  #pod: Pod;
  #gone = false;
  #dirty = false;
  #busy = false;
  #disposed = false;
  #timer: Disposable | undefined;
  #failure: Rejection | undefined;
  #admitted = false;
  /** Nothing of the pod runs and nothing will. */
  #stopped = false;
  #deleted = false;
  #mountRetryMs = mountRetryMinMs;
  /** Until then no sandbox and no container is made: the last try failed. */
  #blockedUntilMs = 0;
  /** Statuses go out one after the other, so that an old one never overtakes. */
  #publishing: Promise<unknown> = Promise.resolve();
  /** While the pod is being stopped: who shortens it hurries all that is waited for. */
  #stopping: GracePeriod | undefined;
  /** While containers are being started. */
  #starting: GracePeriod | undefined;

  /** `finished` is called once, when the pod is gone from the API and from this machine. */
  constructor(context: WorkerContext, pod: Pod, finished: () => void) {
    this.uid = pod.metadata.uid!;
    this.#context = context;
    this.#runner = new ContainerRunner(context);
    this.#pod = pod;
    this.#resizer = new PodResizer(context, pod);
    this.#finished = finished;
    this.#view = {
      problem: name => this.#problems.get(name),
      started: id => context.probes.started(id),
      ready: id => context.probes.ready(id),
      failedProbe: id => context.probes.failedProbe(id),
      resizeRestarts: container => this.#resizer.resources.restarts(container),
      resources: ({ name, resources }) => this.#resizer.resources.ofContainer(name, resources),
    };
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** The pod with the resources that it has been granted here. */
  get granted(): Pod {
    return this.#resizer.resources.granted(this.#pod);
  }

  /** Holds resources of the node. */
  get active(): boolean {
    // As upstream counts: what the API has forgotten holds nothing, though it may still be ending here.
    return !this.#gone && !this.#stopped && !isTerminalPhase(this.#pod) && !this.#failure;
  }

  /** Nothing of it runs, and nothing will. */
  get ended(): boolean {
    return this.#stopped;
  }

  update(pod: Pod): void {
    this.#pod = newer(this.#pod, pod);
    this.#hurry();
    this.wake();
  }

  /** The pod is to end: nothing more is started, and nobody waits longer than its grace period. */
  #hurry(): void {
    if (!this.#ending) return;
    this.#starting?.shorten(0);
    this.#stopping?.shorten(this.#endSeconds);
  }

  get #ending(): boolean {
    return this.#gone || this.#pod.metadata.deletionTimestamp !== undefined || this.#failure !== undefined;
  }

  /** How long the pod may take to end: one that was deleted by force, so that the API has it no more, no time at all. */
  get #endSeconds(): number {
    return this.#gone ? 0 : (this.#failure?.evictedWithinSeconds ?? graceOf(this.#pod));
  }

  /** The API has the pod no more. */
  remove(pod: Pod): void {
    this.#pod = pod;
    this.#gone = true;
    this.#hurry();
    this.wake();
  }

  /** Ends the pod where it takes more local disk than it may. `writableBytes`: by container id. */
  async checkStorage(writableBytes: ReadonlyMap<string, number>): Promise<void> {
    const pod = this.#pod;
    if (!this.active || this.#ending || !limitsStorage(pod)) return;
    const { volumes, host, layout } = this.#context;
    const observed = await this.#observe();
    const containers = new Map<string, number>();
    for (const { name } of pod.spec!.containers) {
      const layer = writableBytes.get(newest(observed, name)?.id ?? '') ?? 0;
      containers.set(name, layer + (await host.fs.usedBytes(`${layout.logDirectory(pod)}/${name}`)));
    }
    const message = storageExcess(pod, { volumes: await volumes.scratchBytes(pod), containers });
    if (message !== undefined) this.evict({ message, withinSeconds: 1 });
  }

  /** Ends the pod, where it is not ending anyway: then this is false. */
  evict({ message, annotations, withinSeconds, ...more }: Eviction): boolean {
    if (!this.active || this.#ending) return false;
    this.#failure = { reason: 'Evicted', message, evictedWithinSeconds: withinSeconds, ...more };
    const { recorder } = this.#context;
    recorder.event(this.#pod, 'Warning', 'Evicted', message, annotations ? { annotations } : {});
    this.#hurry();
    this.wake();
    return true;
  }

  /** `all`: once the pod has ended, of its last runs too. */
  async removeRemains(all: boolean): Promise<void> {
    await removeRemains(this.#context, this.#pod, await this.#observe(), all && this.ended);
  }

  /** Something may have changed: look. */
  wake(): void {
    if (this.#disposed) return;
    this.#dirty = true;
    if (!this.#busy) void this.#run();
    else if (this.#stopping) void this.#tellEnding().catch(error => this.#logPublish(error));
  }

  /** While a deleted pod is being stopped: what of it is ready no more. Once nothing runs its end is told anyway. */
  async #tellEnding(): Promise<void> {
    const observed = await this.#observe();
    const runs = observed.containers.some(({ state }) => state === 'RUNNING');
    if (!this.#stopping || this.#failure || this.#gone || !runs) return;
    await this.#publish(observed, noPlan, false);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#timer?.[Symbol.dispose]();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#dirty && !this.#disposed) {
      this.#dirty = false;
      this.#timer?.[Symbol.dispose]();
      this.#timer = undefined;
      try {
        const nextMs = await this.#sync();
        if (nextMs !== undefined) this.#wakeIn(nextMs);
      } catch (error) {
        const fields = { pod: podText(this.#pod), error: String(error) };
        if (!this.#disposed) this.#context.log.warn('pod could not be synced', fields);
        this.#wakeIn(retryMs / 10);
      }
    }
    this.#busy = false;
  }

  #wakeIn(delayMs: number): void {
    if (this.#disposed) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#context.clock.after(Math.max(0, delayMs), () => this.wake());
  }

  /** One look and what follows from it. Resolves to when to look again at the latest. */
  async #sync(): Promise<number | undefined> {
    const pod = this.#pod;
    if (this.#gone) return this.#cleanUp();
    const observed = await this.#observe();
    if (pod.metadata.deletionTimestamp) return this.#terminate(pod, observed);
    if (isTerminalPhase(pod) || this.#failure) return this.#conclude(pod, observed);
    const failure = (await this.#admission(pod, observed)) ?? this.#deadline(pod);
    this.#failure ??= failure;
    if (this.#failure) {
      const { reason, message, rejected } = this.#failure;
      if (failure) this.#context.recorder.event(pod, rejected ? 'Warning' : 'Normal', reason, message);
      return this.#conclude(pod, observed);
    }
    return this.#keepRunning(pod, observed);
  }

  #observe(): Promise<ObservedPod> {
    const { runtime, host, layout } = this.#context;
    return observePod(runtime, host.fs, layout, this.uid);
  }

  async #admission(pod: Pod, observed: ObservedPod): Promise<Rejection | undefined> {
    // What runs already has been admitted, by an earlier life of this kubelet perhaps.
    if (this.#admitted || observed.sandboxes.length > 0) return undefined;
    const others = this.#context.activePods().filter(other => other.metadata.uid !== this.uid);
    const judge = (node: Node | undefined) =>
      node &&
      admit(pod, { others, node, appArmor: this.#context.appArmor, pressures: this.#context.pressures() });
    let rejection = judge(this.#context.node());
    // The node may have got labels or resources since it was read.
    if (rejection) rejection = judge(await this.#context.freshNode());
    this.#admitted = rejection === undefined;
    return rejection && { ...rejection, rejected: true };
  }

  #deadline(pod: Pod): Rejection | undefined {
    const left = this.#deadlineLeftMs(pod);
    if (left === undefined || left > 0) return undefined;
    return {
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    };
  }

  #deadlineLeftMs(pod: Pod): number | undefined {
    const seconds = pod.spec?.activeDeadlineSeconds;
    const start = pod.status?.startTime;
    if (seconds === undefined || !start) return undefined;
    return Date.parse(start) + seconds * 1_000 - this.#context.clock.now();
  }

  async #keepRunning(asked: Pod, observed: ObservedPod): Promise<number | undefined> {
    const { probes } = this.#context;
    await this.#resizer.sync(asked, observed);
    const pod = this.#resizer.resources.granted(asked);
    probes.sync(pod, observed, podIpOf(pod, observed, this.#context));
    const plan = this.#plan(pod, observed);
    this.#tellBackoffs(pod, plan);
    // The first status goes out before slow work, so that the pod shows where it is.
    if (isIdle(plan)) {
      await this.#publish(observed, plan, false);
      if (this.#context.volumes.isLive(pod)) await this.#volumes(pod, observed);
      return this.#nextLookMs(pod, plan);
    }
    // Nothing is left to run: the pod is done.
    if (plan.killPod && plan.createSandbox === undefined) return this.#conclude(pod, observed);
    void this.#publish(observed, plan, false).catch(error => this.#logPublish(error));
    await this.#apply(pod, observed, plan);
    const after = await this.#observe();
    if (this.#ending) {
      this.#dirty = true;
      return undefined;
    }
    probes.sync(this.#pod, after, podIpOf(pod, after, this.#context));
    const next = this.#plan(this.granted, after);
    await this.#publish(after, next, false);
    return isIdle(next) ? this.#nextLookMs(this.#pod, next) : soonMs;
  }

  #logPublish(error: unknown): void {
    this.#context.log.warn('pod status could not be written', {
      pod: podText(this.#pod),
      error: String(error),
    });
    this.#dirty = true;
  }

  #plan(pod: Pod, observed: ObservedPod): PodPlan {
    const { backoff, clock } = this.#context;
    const nowMs = clock.now();
    const plan = planPod({ pod, observed, view: this.#view, backoff, nowMs });
    if (nowMs < this.#blockedUntilMs) return { ...noPlan, sandboxId: plan.sandboxId };
    // What failed a moment ago waits for its own time.
    const start = plan.start.filter(({ container }) => {
      const problem = this.#problems.get(container.name);
      return !problem || problem.retryAtMs <= nowMs;
    });
    return { ...plan, start };
  }

  #retryMs(): number | undefined {
    const times = [...this.#problems.values()].map(problem => problem.retryAtMs);
    return times.length > 0 ? Math.max(0, Math.min(...times) - this.#context.clock.now()) : undefined;
  }

  #nextLookMs(pod: Pod, plan: PodPlan): number {
    const nowMs = this.#context.clock.now();
    const waits = plan.backoffs.map(backoff => backoff.untilMs - nowMs);
    if (this.#blockedUntilMs > nowMs) waits.push(this.#blockedUntilMs - nowMs);
    const jitter = 0.5 + this.#context.random.next();
    return Math.min(
      resyncMs * jitter,
      ...waits,
      this.#retryMs() ?? resyncMs,
      this.#resizer.resources.deferred || this.#resizer.resources.inProgress ? retryMs : resyncMs,
      this.#deadlineLeftMs(pod) ?? resyncMs,
    );
  }

  #tellBackoffs(pod: Pod, plan: PodPlan): void {
    for (const { container } of plan.backoffs) {
      const message = `Back-off restarting failed container ${container.name} in pod ${podText(pod)}`;
      this.#runner.event(pod, container, 'Warning', 'BackOff', message);
    }
  }

  async #apply(pod: Pod, observed: ObservedPod, plan: PodPlan): Promise<void> {
    if (plan.killPod) {
      const { recorder } = this.#context;
      if (plan.createSandbox !== undefined && observed.sandboxes.length > 0) {
        const message = 'Pod sandbox changed, it will be killed and re-created.';
        recorder.event(pod, 'Normal', 'SandboxChanged', message);
      }
      using grace = new GracePeriod(this.#context.clock, graceOf(pod));
      await killPod(this.#context, this.#runner, pod, observed, grace);
      if (plan.createSandbox === undefined) return;
    }
    for (const { status, container, message, cause } of plan.kill) {
      const probe = { liveness: container.livenessProbe, startup: container.startupProbe }[cause as string];
      const seconds = cause === 'restart-all' ? 0 : (probe?.terminationGracePeriodSeconds ?? graceOf(pod));
      using grace = new GracePeriod(this.#context.clock, seconds);
      await this.#runner.stop(pod, container, status, { message, grace });
    }
    if (plan.start.length === 0 && plan.createSandbox === undefined) return;
    await this.#startAll(pod, observed, plan);
  }

  async #startAll(pod: Pod, observed: ObservedPod, plan: PodPlan): Promise<void> {
    const volumes = await this.#volumes(pod, observed);
    if (!volumes) return;
    const attempt = plan.createSandbox ?? observed.sandboxes[0]!.metadata.attempt;
    const made = await this.#sandbox(
      pod,
      attempt,
      plan.createSandbox === undefined ? observed.sandboxes[0] : undefined,
    );
    if (!made) return;
    const { config, sandbox } = made;
    const { hostIps } = this.#context;
    const podIps = pod.spec?.hostNetwork ? hostIps : sandbox.ips;
    using limit = new GracePeriod(this.#context.clock, startSecondsMax);
    this.#starting = limit;
    const ground = {
      pod,
      limit,
      sandboxId: sandbox.id,
      sandbox: config,
      podIps,
      volumes,
      containers: observed.containers,
    };
    await this.#startEach(plan.start, ground);
    this.#starting = undefined;
  }

  async #startEach(starts: PodPlan['start'], ground: PodGround): Promise<void> {
    for (const start of starts) {
      if (this.#ending) return;
      const { name } = start.container;
      try {
        await this.#runner.start(ground, start);
        this.#problems.delete(name);
        await this.#resizer.started(this.#pod, name);
      } catch (error) {
        if (!(error instanceof StartError)) throw error;
        const retryAtMs = error.retryAtMs ?? this.#context.clock.now() + retryMs;
        this.#problems.set(name, { reason: error.reason, message: error.message, retryAtMs });
      }
    }
  }

  /** The sandbox to start containers in: `existing`, or a new one. Tells why there is none. */
  async #sandbox(
    pod: Pod,
    attempt: number,
    existing: SandboxStatus | undefined,
  ): Promise<{ config: SandboxConfig; sandbox: SandboxStatus } | undefined> {
    const { runtime, host, recorder, clock } = this.#context;
    try {
      const config = await podSandboxConfig(this.#context, pod, attempt);
      if (existing) return { config, sandbox: existing };
      await this.#context.cgroups.hold(pod);
      await host.fs.makeDirectory(config.logDirectory, 0o755);
      return { config, sandbox: await runtime.sandboxStatus(await runtime.runSandbox(config)) };
    } catch (error) {
      const message = `Failed to create pod sandbox: ${error instanceof Error ? error.message : String(error)}`;
      recorder.event(pod, 'Warning', 'FailedCreatePodSandBox', message);
      this.#blockedUntilMs = clock.now() + retryMs;
      return undefined;
    }
  }

  /** Makes the volumes ready, or tells why not and has the pod wait. */
  async #volumes(pod: Pod, observed: ObservedPod): Promise<ReadonlyMap<string, string> | undefined> {
    const { volumes, clock, recorder, hostIps, nodeAllocatable } = this.#context;
    const podIps = [podIpOf(pod, observed, this.#context)].filter(ip => ip !== '');
    const downward: DownwardFacts = { podIps, hostIps, nodeAllocatable };
    try {
      const paths = await volumes.setUp(pod, downward, clock.now());
      this.#mountRetryMs = mountRetryMinMs;
      return paths;
    } catch (error) {
      if (!(error instanceof MountError)) throw error;
      recorder.event(pod, 'Warning', 'FailedMount', error.message);
      this.#blockedUntilMs = clock.now() + this.#mountRetryMs;
      this.#mountRetryMs = Math.min(this.#mountRetryMs * 2, mountRetryMaxMs);
      return undefined;
    }
  }

  #publish(observed: ObservedPod, plan: PodPlan, finished: boolean): Promise<void> {
    const write = this.#publishing.then(() => this.#publishNow(observed, plan, finished));
    this.#publishing = write.catch(() => {});
    return write;
  }

  async #publishNow(observed: ObservedPod, plan: PodPlan, finished: boolean): Promise<void> {
    if (this.#disposed) return;
    const { client, runtimeName, hostIps, clock } = this.#context;
    const status = podStatus({
      pod: this.granted,
      actual: this.#resizer.resources.actual(this.#pod),
      observed,
      view: this.#view,
      backoffs: plan.backoffs,
      runtimeName,
      finished,
      hostIps,
      nowMs: clock.now(),
      resize: finished ? [] : this.#resizer.resources.conditions(),
      ...(this.#failure ? { failure: this.#failure } : {}),
    });
    // What is granted is told in the status alone: the pod that is written and kept asks for what it asked for.
    const written = await writePodStatus(client, this.#pod, status);
    if (written && !this.#gone) this.#pod = newer(this.#pod, written);
  }

  /** The pod has reached its end by itself: what still runs of it stops, its record stays. */
  async #conclude(pod: Pod, observed: ObservedPod): Promise<number> {
    const rest = await this.#stop(pod, observed);
    await this.#publish(rest, noPlan, true);
    await this.#context.volumes.release(this.uid);
    this.#context.sources.release(this.uid);
    return resyncMs * 10;
  }

  /** Somebody has deleted the pod: stop it gracefully, tell how it ended, let it go. */
  async #terminate(pod: Pod, observed: ObservedPod): Promise<undefined> {
    if (this.#deleted) return undefined;
    const rest = await this.#stop(pod, observed);
    await this.#publish(rest, noPlan, true);
    await this.#context.volumes.release(this.uid);
    try {
      await this.#context.client.delete(podsRef, pod.metadata.namespace!, pod.metadata.name!, {
        gracePeriodSeconds: 0,
        preconditions: { uid: this.uid },
      });
    } catch (error) {
      if (!hasReason(error, 'NotFound') && !hasReason(error, 'Conflict')) throw error;
    }
    this.#deleted = true;
    return undefined;
  }

  async #stop(pod: Pod, observed: ObservedPod): Promise<ObservedPod> {
    if (this.#stopped) return observed;
    this.#context.probes.stopping(this.uid);
    using grace = new GracePeriod(this.#context.clock, this.#endSeconds);
    this.#stopping = grace;
    try {
      await killPod(this.#context, this.#runner, pod, observed, grace);
    } finally {
      this.#stopping = undefined;
    }
    this.#context.probes.remove(this.uid);
    this.#stopped = true;
    return this.#observe();
  }

  async #cleanUp(): Promise<undefined> {
    const { runtime, volumes, host, layout, sources, images, backoff, probes, cgroups } = this.#context;
    const observed = await this.#observe();
    if (!this.#stopped) await this.#stop(this.#pod, observed);
    await removePod(runtime, observed);
    await volumes.tearDown(this.uid);
    await host.fs.remove(layout.logDirectory(this.#pod));
    await cgroups.release(this.uid);
    sources.release(this.uid);
    images.forget(this.uid);
    backoff.forget(`${this.uid}/`);
    probes.remove(this.uid);
    this.#disposed = true;
    this.#finished();
    return undefined;
  }
}

const noPlan: PodPlan = {
  killPod: false,
  createSandbox: undefined,
  sandboxId: undefined,
  start: [],
  kill: [],
  backoffs: [],
};

/** An event of a watch may come later than the answer to our own write: the higher version stands. */
function newer(held: Pod, other: Pod): Pod {
  return Number(other.metadata.resourceVersion) >= Number(held.metadata.resourceVersion) ? other : held;
}

function graceOf(pod: Pod): number {
  return pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30;
}

function podIpOf(pod: Pod, observed: ObservedPod, context: WorkerContext): string {
  if (pod.spec?.hostNetwork) return context.hostIps[0] ?? '';
  return observed.sandboxes[0]?.ips[0] ?? pod.status?.podIP ?? '';
}
