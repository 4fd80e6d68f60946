import { type Clock, sleep } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { EventType } from '#client/events.ts';
import type { NodePolicy } from '../config/settings.ts';
import { podText } from '../lifecycle/observed.ts';
import type { NodeMetrics } from '../metrics.ts';
import type { Pod } from '../types.ts';
import type { Eviction } from '../workers/admission.ts';
import { isCritical } from './critical.ts';
import { evictionText } from './message.ts';
import { look, noPressure, type PressureState } from './pressure.ts';
import { type Candidate, rankForEviction } from './rank.ts';
import { type Observations, type Pressure, type Signal, type StarvedResource, signals } from './signals.ts';
import { isHard, type Threshold, thresholdsMet } from './thresholds.ts';

/** What was found out about the node at a moment. */
export interface NodeState {
  readonly observations: Observations;
  /** Images and containers' layers are on a disk that pods' files are not on. */
  readonly ownImageDisk: boolean;
}

export interface EvictionManagerOptions {
  readonly policy: Pick<NodePolicy, 'thresholds' | 'transitionMs' | 'podGraceSecondsMax'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<NodeMetrics, 'evictions' | 'evictionStatsAge'>;
  readonly observe: () => Promise<NodeState>;
  /** The pods that hold resources of the node, with what they use of one. */
  readonly candidates: (resource: StarvedResource) => Promise<readonly Candidate[]>;
  /** What frees disk without any pod's harm, in order. */
  readonly reclaim: readonly (() => Promise<void>)[];
  /** False: the pod is ending anyway. */
  readonly evict: (pod: Pod, eviction: Eviction) => boolean;
  readonly hasEnded: (pod: Pod) => boolean;
  /** Has the node's conditions told, so that nobody sends it pods that it would refuse. */
  readonly report: () => Promise<void>;
  /** Tells an event about the node. */
  readonly tell: (type: EventType, reason: string, message: string) => void;
}

const periodMs = 10_000;
const endMsMax = 30_000;
const endPollMs = 1_000;
/** Of a pod that goes at once. */
const hardGraceSeconds = 1;

/** Watches what the node is short of, and ends pods, one at a time, until it is so no more. */
export class EvictionManager implements Disposable {
  readonly #options: EvictionManagerOptions;
  readonly #abort = new AbortController();
  #state: PressureState = noPressure;
  #pressures: readonly Pressure[] = [];

  constructor(options: EvictionManagerOptions) {
    this.#options = options;
  }

  /** What the node is short of, or was until a short time ago. */
  get pressures(): readonly Pressure[] {
    return this.#pressures;
  }

  start(): void {
    if (this.#options.policy.thresholds.length > 0) void this.#loop();
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
  }

  async #loop(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      const evicted = await this.#step();
      await (evicted ? this.#untilEnded(evicted) : this.#sleep(periodMs));
    }
  }

  #sleep(ms: number): Promise<void> {
    return sleep(this.#options.clock, ms, this.#abort.signal).catch(() => {});
  }

  async #untilEnded(pod: Pod): Promise<void> {
    const { clock, hasEnded } = this.#options;
    const endMs = clock.monotonicMs() + endMsMax;
    do await this.#sleep(endPollMs);
    while (!this.#abort.signal.aborted && !hasEnded(pod) && clock.monotonicMs() < endMs);
  }

  /** One look and what follows from it. Resolves to the pod that was evicted. */
  async #step(): Promise<Pod | undefined> {
    const { log } = this.#options;
    try {
      return await this.#synchronize();
    } catch (error) {
      log.warn('the node could not be looked at for what it is short of', { error: String(error) });
      return undefined;
    }
  }

  async #synchronize(): Promise<Pod | undefined> {
    const { clock, policy, observe, tell } = this.#options;
    const node = await observe();
    const { state, pressures, due } = look(this.#state, policy, node.observations, clock.now());
    this.#state = state;
    await this.#have(pressures);
    const [first] = due;
    if (!first || this.#abort.signal.aborted) return undefined;
    const { resource } = signals[first.signal];
    tell('Warning', 'EvictionThresholdMet', `Attempting to reclaim ${resource}`);
    if (await this.#reclaimed(first.signal, node.ownImageDisk)) return undefined;
    return this.#evictOne(first, due, node);
  }

  async #have(pressures: readonly Pressure[]): Promise<void> {
    const before = this.#pressures;
    this.#pressures = pressures;
    if (before.join() === pressures.join()) return;
    const { report, log } = this.#options;
    await report().catch((error: unknown) =>
      log.warn('the node could not report what it is short of', { error: String(error) }),
    );
  }

  /** Whether the node has enough of everything once what nobody needs is gone. */
  async #reclaimed(signal: Signal, ownImageDisk: boolean): Promise<boolean> {
    const { reclaim, observe, policy, log } = this.#options;
    const onDisk = signals[signal].pressure === 'DiskPressure';
    if (!onDisk || (ownImageDisk && signal.startsWith('nodefs'))) return false;
    for (const step of reclaim) {
      await step().catch((error: unknown) => log.warn('disk could not be freed', { error: String(error) }));
    }
    const { observations } = await observe();
    return thresholdsMet(policy.thresholds, observations, true).length === 0;
  }

  async #evictOne(
    threshold: Threshold,
    due: readonly Threshold[],
    { observations, ownImageDisk }: NodeState,
  ): Promise<Pod | undefined> {
    const { candidates, evict, log, metrics, clock } = this.#options;
    const { signal } = threshold;
    const { resource } = signals[signal];
    const observedAtMs = clock.monotonicMs();
    const ranked = rankForEviction(signal, await candidates(resource), ownImageDisk);
    for (const one of ranked.length > 0 ? due : []) {
      metrics.evictionStatsAge.observe(
        { eviction_signal: one.signal },
        (clock.monotonicMs() - observedAtMs) / 1_000,
      );
    }
    for (const candidate of ranked) {
      const { pod } = candidate;
      if (isCritical(pod)) continue;
      const text = evictionText(resource, candidate, due, observations);
      if (!evict(pod, { ...text, withinSeconds: this.#graceOf(pod, threshold), disrupted: true })) continue;
      metrics.evictions.add({ eviction_signal: signal });
      log.warn('evicted a pod', { pod: podText(pod), why: text.message.trim() });
      return pod;
    }
    log.debug('the node is short of something, and there is no pod to evict', { signal });
    return undefined;
  }

  #graceOf({ spec }: Pod, threshold: Threshold): number {
    if (isHard(threshold)) return hardGraceSeconds;
    const { podGraceSecondsMax } = this.#options.policy;
    return Math.min(podGraceSecondsMax, spec?.terminationGracePeriodSeconds ?? podGraceSecondsMax);
  }
}
