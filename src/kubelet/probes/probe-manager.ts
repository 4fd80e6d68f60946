import { type Clock, sleep } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { EventRecorder } from '#client/events.ts';
import type { ObservedPod } from '../lifecycle/observed.ts';
import { isSidecar } from '../lifecycle/spec.ts';
import type { ContainerStatus } from '../runtime.ts';
import type { ContainerSpec, Pod, Probe } from '../types.ts';
import { containerFieldPath } from '../workers/field-path.ts';
import type { ProbeOutcome, Prober, ProbeTarget } from './prober.ts';
import { initialState, judge, type ProbeKind, type ProbeState } from './verdict.ts';

export interface ProbeManagerOptions {
  readonly prober: Prober;
  readonly clock: Clock;
  readonly log: Log;
  readonly recorder: EventRecorder;
  /** A verdict of the pod has changed. */
  readonly changed: (podUid: string) => void;
}

/** How often a probe of a living container came to a result. */
export interface ProbeCount {
  readonly pod: Pod;
  readonly container: string;
  readonly kind: ProbeKind;
  readonly result: 'successful' | 'failed' | 'unknown';
  readonly count: number;
}

const results = { success: 'successful', failure: 'failed', error: 'unknown' } as const;

interface Watch {
  readonly kind: ProbeKind;
  readonly counts: Map<ProbeCount['result'], number>;
  readonly probe: Probe;
  readonly abort: AbortController;
  state: ProbeState;
}

interface ProbedContainer {
  readonly podUid: string;
  readonly startedAtMs: number;
  readonly watches: readonly Watch[];
  pod: Pod;
  target: ProbeTarget;
  /** What the API said of the container before this kubelet started: holds until a probe says otherwise. */
  readonly seed: { readonly started: boolean; readonly ready: boolean } | undefined;
}

/** A probe that could not be made says nothing of the container: it is made again before anybody is told. */
const attemptsMax = 3;

const kinds: readonly [ProbeKind, 'livenessProbe' | 'readinessProbe' | 'startupProbe'][] = [
  ['startup', 'startupProbe'],
  ['liveness', 'livenessProbe'],
  ['readiness', 'readinessProbe'],
];

/** Probes the running containers of the node's pods and knows the verdicts. */
export class ProbeManager implements Disposable {
  readonly #options: ProbeManagerOptions;
  readonly #containers = new Map<string, ProbedContainer>();
  #disposed = false;

  constructor(options: ProbeManagerOptions) {
    this.#options = options;
  }

  /** Starts probing what runs of the pod and stops probing what does not. */
  sync(pod: Pod, observed: ObservedPod, podIp: string): void {
    // A worker that was in the middle of a step may come by once more.
    if (this.#disposed) return;
    const running = observed.containers.filter(status => status.state === 'RUNNING');
    const specs = [...(pod.spec?.initContainers ?? []).filter(isSidecar), ...(pod.spec?.containers ?? [])];
    for (const [id, probed] of this.#containers) {
      if (probed.podUid === pod.metadata.uid && !running.some(status => status.id === id)) this.#stop(id);
    }
    for (const status of running) {
      const container = specs.find(spec => spec.name === status.name);
      if (!container || !(container.livenessProbe || container.readinessProbe || container.startupProbe))
        continue;
      this.#start(pod, container, status, podIp);
    }
  }

  started(containerId: string): boolean {
    const startup = this.#watch(containerId, 'startup');
    if (!startup) return true;
    if (startup.state.verdict !== 'unknown') return startup.state.verdict === 'success';
    return this.#containers.get(containerId)!.seed?.started ?? false;
  }

  ready(containerId: string): boolean {
    const readiness = this.#watch(containerId, 'readiness');
    if (!readiness) return true;
    if (readiness.state.last === undefined) return this.#containers.get(containerId)!.seed?.ready ?? false;
    return readiness.state.verdict === 'success';
  }

  failedProbe(containerId: string): 'liveness' | 'startup' | undefined {
    if (this.#watch(containerId, 'startup')?.state.verdict === 'failure') return 'startup';
    return this.#watch(containerId, 'liveness')?.state.verdict === 'failure' ? 'liveness' : undefined;
  }

  /** No more liveness and startup probes of the pod: it is being stopped. Readiness goes on. */
  stopping(podUid: string): void {
    for (const { podUid: uid, watches } of this.#containers.values()) {
      if (uid !== podUid) continue;
      for (const watch of watches) if (watch.kind !== 'readiness') watch.abort.abort();
    }
  }

  *counts(): Iterable<ProbeCount> {
    for (const { pod, target, watches } of this.#containers.values()) {
      for (const { kind, counts } of watches) {
        for (const [result, count] of counts) {
          yield { pod, container: target.container.name, kind, result, count };
        }
      }
    }
  }

  remove(podUid: string): void {
    for (const [id, probed] of this.#containers) if (probed.podUid === podUid) this.#stop(id);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const id of [...this.#containers.keys()]) this.#stop(id);
  }

  #watch(containerId: string, kind: ProbeKind): Watch | undefined {
    return this.#containers.get(containerId)?.watches.find(watch => watch.kind === kind);
  }

  #start(pod: Pod, container: ContainerSpec, status: ContainerStatus, podIp: string): void {
    const known = this.#containers.get(status.id);
    const target = { container, containerId: status.id, podIp };
    if (known) {
      known.pod = pod;
      known.target = target;
      return;
    }
    const watches = kinds.flatMap(([kind, field]) => {
      const probe = container[field];
      if (!probe) return [];
      return [{ kind, probe, counts: new Map(), abort: new AbortController(), state: initialState(kind) }];
    });
    const probed: ProbedContainer = {
      podUid: pod.metadata.uid!,
      startedAtMs: status.startedAtMs,
      watches,
      pod,
      target,
      seed: seedOf(pod, status),
    };
    this.#containers.set(status.id, probed);
    for (const watch of watches) void this.#run(probed, watch);
  }

  #stop(containerId: string): void {
    for (const watch of this.#containers.get(containerId)?.watches ?? []) watch.abort.abort();
    this.#containers.delete(containerId);
  }

  async #run(probed: ProbedContainer, watch: Watch): Promise<void> {
    const { clock, log } = this.#options;
    const { probe, abort } = watch;
    const periodMs = (probe.periodSeconds ?? 10) * 1_000;
    const firstMs = probed.startedAtMs + (probe.initialDelaySeconds ?? 0) * 1_000 - clock.now();
    try {
      if (firstMs > 0) await sleep(clock, firstMs, abort.signal);
      while (!abort.signal.aborted) {
        if (this.#holds(probed, watch)) {
          await sleep(clock, Math.min(periodMs, 1_000), abort.signal);
          continue;
        }
        await this.#once(probed, watch);
        if (isFinal(watch)) return;
        await sleep(clock, periodMs, abort.signal);
      }
    } catch (error) {
      if (!abort.signal.aborted) log.error('probe ended', { error: String(error), kind: watch.kind });
    }
  }

  // Liveness and readiness wait for the startup probe.
  #holds(probed: ProbedContainer, watch: Watch): boolean {
    return watch.kind !== 'startup' && !this.started(probed.target.containerId);
  }

  #attempt(target: ProbeTarget, probe: Probe): Promise<ProbeOutcome> {
    return this.#options.prober.probe(target, probe).catch((error: unknown) => ({
      result: 'error' as const,
      output: error instanceof Error ? error.message : String(error),
    }));
  }

  async #once(probed: ProbedContainer, watch: Watch): Promise<void> {
    const { recorder, changed } = this.#options;
    let outcome = await this.#attempt(probed.target, watch.probe);
    for (let tries = 1; outcome.result === 'error' && tries < attemptsMax; tries++) {
      if (watch.abort.signal.aborted) return;
      outcome = await this.#attempt(probed.target, watch.probe);
    }
    if (watch.abort.signal.aborted) return;
    const result = results[outcome.result];
    watch.counts.set(result, (watch.counts.get(result) ?? 0) + 1);
    const fieldPath = containerFieldPath(probed.pod, probed.target.container.name);
    const told = toldOf(watch.kind, outcome);
    if (told) recorder.event(probed.pod, 'Warning', told.reason, told.message, { fieldPath });
    const before = watch.state;
    watch.state = judge(before, watch.probe, outcome);
    const first = before.last === undefined && watch.state.last !== undefined;
    if (watch.state.verdict !== before.verdict || first) changed(probed.podUid);
  }
}

/** What an event says of an outcome; undefined: nothing worth it. */
function toldOf(kind: ProbeKind, { result, warning, output }: ProbeOutcome) {
  const name = `${kind[0]!.toUpperCase()}${kind.slice(1)} probe`;
  if (warning) return { reason: 'ProbeWarning', message: `${name} warning: ${output}` };
  if (result === 'success') return undefined;
  const what = result === 'error' ? 'errored and resulted in unknown state' : 'failed';
  return { reason: 'Unhealthy', message: `${name} ${what}: ${output}` };
}

/** A startup probe that has passed, and any that has condemned the container, need no more. */
function isFinal({ kind, state }: Watch): boolean {
  if (kind === 'startup') return state.verdict !== 'unknown';
  return kind === 'liveness' && state.verdict === 'failure';
}

function seedOf(pod: Pod, status: ContainerStatus) {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const known = [...containerStatuses, ...initContainerStatuses].find(s =>
    s.containerID?.endsWith(`//${status.id}`),
  );
  return known ? { started: known.started ?? false, ready: known.ready } : undefined;
}
