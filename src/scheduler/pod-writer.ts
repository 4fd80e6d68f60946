/** What the scheduler tells the API server about pods, beside bindings: conditions, nominations, evictions, events. */
import { pods } from '#api/generated/refs.ts';
import type { Pod, PodCondition } from '#api/generated/types/core.v1.ts';
import { type Clock, toRfc3339 } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Client } from '#client/client.ts';
import type { ActionRecorder } from '#client/action-events.ts';
import type { EventType } from '#client/events.ts';
import { utf8Length } from '#machinery/bytes.ts';
import { hasReason } from '#machinery/status.ts';
import type { PodInfo } from './framework/pod-info.ts';

export interface PodWriterOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly recorder: ActionRecorder;
}

export class PodWriter {
  readonly #options: PodWriterOptions;
  readonly #writing = new Set<Promise<unknown>>();

  constructor(options: PodWriterOptions) {
    this.#options = options;
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing);
  }

  scheduled({ pod, key }: PodInfo, nodeName: string): void {
    this.#tell(pod, 'Normal', 'Scheduled', 'Binding', `Successfully assigned ${key} to ${nodeName}`);
  }

  /** It is being deleted: no node is looked for. */
  skipped({ pod, key }: PodInfo): void {
    this.#tell(pod, 'Warning', 'FailedScheduling', 'Scheduling', `skip schedule deleting pod: ${key}`);
  }

  /** No node fits; one may be promised to the pod, or (null) is no longer. */
  unschedulable(info: PodInfo, message: string, nominatedNodeName?: string | null): void {
    this.#notScheduled(info, 'Unschedulable', message, nominatedNodeName);
  }

  /** Something went wrong on the way. */
  failed(info: PodInfo, message: string): void {
    this.#notScheduled(info, 'SchedulerError', message);
  }

  withdrawNomination(info: PodInfo): void {
    if (info.pod.status?.nominatedNodeName) void this.nominate(info, null);
  }

  /** Says where the pod is to go, or (null) that nobody knows. Resolves when it is said; never rejects. */
  nominate(info: PodInfo, nominatedNodeName: string | null): Promise<void> {
    return this.#patchStatus(info, { nominatedNodeName });
  }

  #notScheduled(info: PodInfo, reason: string, message: string, nominatedNodeName?: string | null): void {
    this.#tell(info.pod, 'Warning', 'FailedScheduling', 'Scheduling', message);
    const condition = this.#condition(info, {
      type: 'PodScheduled',
      status: 'False',
      reason,
      message,
      ...(info.pod.metadata.generation ? { observedGeneration: info.pod.metadata.generation } : {}),
    });
    const renominated = (nominatedNodeName ?? undefined) !== info.pod.status?.nominatedNodeName;
    const nomination = nominatedNodeName !== undefined && renominated ? { nominatedNodeName } : undefined;
    if (!condition && !nomination) return;
    void this.#patchStatus(info, { ...(condition ? { conditions: [condition] } : {}), ...nomination });
  }

  /** The condition to write; undefined where the pod has it already. */
  #condition({ pod }: PodInfo, wanted: PodCondition): PodCondition | undefined {
    const current = pod.status?.conditions?.find(condition => condition.type === wanted.type);
    if (current?.status === wanted.status) {
      if (current.reason === wanted.reason && current.message === wanted.message) return undefined;
      return { ...wanted, lastTransitionTime: current.lastTransitionTime };
    }
    return { ...wanted, lastTransitionTime: toRfc3339(this.#options.clock.now()) };
  }

  /**
   * Frees a node for `preemptor`: each victim learns why, and is deleted with its own grace period. The last is spared where
   * another could not be: without that room it would go in vain. Resolves with whether all of them are on their way out;
   * never rejects.
   */
  evict(preemptor: PodInfo, nodeName: string, victims: readonly PodInfo[]): Promise<boolean> {
    const there = victims.filter(({ pod }) => !pod.metadata.deletionTimestamp);
    const evicting = this.#evictAll(preemptor, nodeName, there);
    this.#write(evicting);
    return evicting;
  }

  async #evictAll(preemptor: PodInfo, nodeName: string, victims: readonly PodInfo[]): Promise<boolean> {
    const last = victims.at(-1);
    const others = victims.slice(0, -1).map(victim => this.#evictOne(preemptor, nodeName, victim));
    if (!(await Promise.all(others)).every(Boolean)) return false;
    return !last || this.#evictOne(preemptor, nodeName, last);
  }

  async #evictOne(preemptor: PodInfo, nodeName: string, victim: PodInfo): Promise<boolean> {
    const { client, clock, log } = this.#options;
    const { namespace = '', name = '', uid, generation } = victim.pod.metadata;
    const condition = {
      type: 'DisruptionTarget',
      ...(generation ? { observedGeneration: generation } : {}),
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: `${schedulerOf(preemptor.pod)}: preempting to accommodate a higher priority pod`,
      lastTransitionTime: toRfc3339(clock.now()),
    };
    try {
      await client.patch(
        pods,
        namespace,
        name,
        'strategic',
        { metadata: { uid }, status: { conditions: [condition] } },
        { subresource: 'status' },
      );
      await client.delete(pods, namespace, name, { preconditions: { uid } });
    } catch (error) {
      if (hasReason(error, 'NotFound')) return true;
      log.error('preemption failed', { pod: preemptor.key, victim: victim.key, error: String(error) });
      return false;
    }
    this.preempted(preemptor, nodeName, victim);
    return true;
  }

  preempted(preemptor: PodInfo, nodeName: string, victim: PodInfo, where = ''): void {
    const message = `Preempted by pod ${preemptor.uid} on node ${nodeName}${where}`;
    this.#options.recorder.record(schedulerOf(preemptor.pod), victim.pod, {
      type: 'Normal',
      reason: 'Preempted',
      action: 'Preempting',
      note: message,
      related: preemptor.pod,
    });
  }

  #tell(pod: Pod, type: EventType, reason: string, action: string, note: string): void {
    this.#options.recorder.record(schedulerOf(pod), pod, { type, reason, action, note: shortened(note) });
  }

  #patchStatus({ pod, key }: PodInfo, status: object): Promise<void> {
    const { client, log } = this.#options;
    const { namespace = '', name = '', uid } = pod.metadata;
    const patch = { metadata: { uid }, status };
    const patched = client.patch(pods, namespace, name, 'strategic', patch, { subresource: 'status' });
    const written = patched.then(
      () => {},
      error => {
        if (hasReason(error, 'NotFound') || hasReason(error, 'Conflict')) return;
        log.warn("a pod's status was not written", { pod: key, error: String(error) });
      },
    );
    this.#write(written);
    return written;
  }

  #write(pending: Promise<unknown>): void {
    const tracked = pending.finally(() => this.#writing.delete(tracked));
    this.#writing.add(tracked);
  }
}

/** A profile tells of its pods by its own name. */
function schedulerOf(pod: Pod): string {
  return pod.spec?.schedulerName ?? 'default-scheduler';
}

/** The API server takes no longer notes. */
const noteBytesMax = 1024;
const cut = ' ...';

function shortened(note: string): string {
  if (utf8Length(note) <= noteBytesMax) return note;
  const bytes = Buffer.from(note).subarray(0, noteBytesMax - cut.length);
  // What is left of a letter that was cut through is no letter.
  return `${bytes.toString().replace(/\ufffd$/, '')}${cut}`;
}
