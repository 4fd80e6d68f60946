/** What the scheduler tells the API server about pods, beside bindings: conditions, nominations, evictions, events. */
import { pods } from '#api/generated/refs.ts';
import type { PodCondition } from '#api/generated/types/core.v1.ts';
import { type Clock, toRfc3339 } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Client } from '#client/client.ts';
import type { EventRecorder } from '#client/events.ts';
import { hasReason } from '#machinery/status.ts';
import type { PodInfo } from './framework/pod-info.ts';

export interface PodWriterOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly recorder: EventRecorder;
}

export class PodWriter {
  readonly #options: PodWriterOptions;
  readonly #writing = new Set<Promise<void>>();

  constructor(options: PodWriterOptions) {
    this.#options = options;
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing);
  }

  scheduled({ pod, key }: PodInfo, nodeName: string): void {
    this.#options.recorder.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${key} to ${nodeName}`);
  }

  /** No node fits. */
  unschedulable(info: PodInfo, message: string, nominatedNodeName?: string): void {
    this.#notScheduled(info, 'Unschedulable', message, nominatedNodeName);
  }

  /** Something went wrong on the way. */
  failed(info: PodInfo, message: string): void {
    this.#notScheduled(info, 'SchedulerError', message);
  }

  #notScheduled(info: PodInfo, reason: string, message: string, nominatedNodeName?: string): void {
    this.#options.recorder.event(info.pod, 'Warning', 'FailedScheduling', message);
    const condition = this.#condition(info, {
      type: 'PodScheduled',
      status: 'False',
      reason,
      message,
      ...(info.pod.metadata.generation ? { observedGeneration: info.pod.metadata.generation } : {}),
    });
    if (!condition && !nominatedNodeName) return;
    this.#patchStatus(info, {
      ...(condition ? { conditions: [condition] } : {}),
      ...(nominatedNodeName ? { nominatedNodeName } : {}),
    });
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

  /** Frees a node for `preemptor`: each victim learns why, and is deleted with its own grace period. */
  evict(preemptor: PodInfo, nodeName: string, victims: readonly PodInfo[]): void {
    for (const victim of victims) {
      if (!victim.pod.metadata.deletionTimestamp) this.#write(this.#evictOne(preemptor, nodeName, victim));
    }
  }

  async #evictOne(preemptor: PodInfo, nodeName: string, victim: PodInfo): Promise<void> {
    const { client, clock, log, recorder } = this.#options;
    const { namespace = '', name = '', uid } = victim.pod.metadata;
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: `${preemptor.pod.spec?.schedulerName ?? 'default-scheduler'}: preempting to accommodate a higher priority pod`,
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
      if (!hasReason(error, 'NotFound')) {
        log.error('preemption failed', { pod: preemptor.key, victim: victim.key, error: String(error) });
      }
      return;
    }
    recorder.event(
      victim.pod,
      'Normal',
      'Preempted',
      `Preempted by pod ${preemptor.uid} on node ${nodeName}`,
    );
  }

  #patchStatus({ pod, key }: PodInfo, status: object): void {
    const { client, log } = this.#options;
    const { namespace = '', name = '', uid } = pod.metadata;
    const patch = { metadata: { uid }, status };
    const written = client.patch(pods, namespace, name, 'strategic', patch, { subresource: 'status' });
    this.#write(
      written.then(
        () => {},
        error => {
          if (hasReason(error, 'NotFound') || hasReason(error, 'Conflict')) return;
          log.warn("a pod's status was not written", { pod: key, error: String(error) });
        },
      ),
    );
  }

  #write(pending: Promise<void>): void {
    const tracked = pending.finally(() => this.#writing.delete(tracked));
    this.#writing.add(tracked);
  }
}
