/** What a plan is made from, and what its parts are collected in. */
import type { ContainerStatus } from '../runtime.ts';
import type { ContainerSpec, Pod } from '../types.ts';
import type { Backoff } from './backoff.ts';
import { containerHash, newest, type ObservedPod, type PodView, runtimeKeys } from './observed.ts';
import { restartPolicyOf } from './restart.ts';

export type ContainerKind = 'init' | 'main' | 'ephemeral';

export interface ContainerStart {
  readonly container: ContainerSpec;
  readonly kind: ContainerKind;
  /** The restart count of the new container. */
  readonly attempt: number;
  /** End of the previous run, which the back-off counts from; undefined for a first start. */
  readonly previousEndMs: number | undefined;
}

export interface ContainerKill {
  readonly status: ContainerStatus;
  readonly container: ContainerSpec;
  readonly message: string;
  readonly cause: 'changed' | 'liveness' | 'startup' | 'unknown' | 'resize' | 'restart-all';
}

/** A container that waits for its back-off. */
export interface ContainerBackoff {
  readonly container: ContainerSpec;
  readonly untilMs: number;
  readonly delayMs: number;
}

export interface PlanInput {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  readonly view: PodView;
  readonly backoff: Pick<Backoff, 'waitSince'>;
  readonly nowMs: number;
}

/** What the parts of a plan are collected in. */
export class PlanDraft {
  readonly start: ContainerStart[] = [];
  readonly kill: ContainerKill[] = [];
  readonly backoffs: ContainerBackoff[] = [];
  readonly #input: PlanInput;

  constructor(input: PlanInput) {
    this.#input = input;
  }

  /** Starts the container, or notes that its back-off is not over. */
  wantStart(container: ContainerSpec, kind: ContainerKind, status: ContainerStatus | undefined): void {
    const { pod, backoff, nowMs, observed } = this.#input;
    const previous = status ?? newest(observed, container.name);
    // One that is killed to start anew has not ended yet: its back-off counts from the run before.
    const ended = observed.containers.find(
      c => c.name === container.name && c.state === 'EXITED',
    )?.finishedAtMs;
    if (ended !== undefined) {
      const wait = backoff.waitSince(backoffKey(pod, container), ended, nowMs);
      if (wait) {
        this.backoffs.push({ container, ...wait });
        return;
      }
    }
    const attempt = previous ? previous.attempt + 1 : knownRestarts(pod, container.name);
    this.start.push({ container, kind, attempt, previousEndMs: ended });
  }

  /** Stops a running container, and starts it anew unless its policy is against it. */
  wantKill(
    status: ContainerStatus,
    container: ContainerSpec,
    kind: ContainerKind,
    cause: ContainerKill['cause'],
  ): void {
    const probed = cause === 'liveness' || cause === 'startup';
    const restarts = !probed || restartPolicyOf(this.#input.pod, container, false) !== 'Never';
    this.kill.push({ status, container, cause, message: killMessage(container, cause, restarts) });
    if (restarts) this.wantStart(container, kind, status);
  }

  /** Stops a container of an earlier round at once; it starts anew in its turn. */
  wantEnd(status: ContainerStatus, container: ContainerSpec): void {
    const message = `Container ${container.name} is restarted with all of its pod`;
    this.kill.push({ status, container, cause: 'restart-all', message });
  }

  /** Why a running container must go; undefined: it may stay. */
  faultOf(status: ContainerStatus, container: ContainerSpec): ContainerKill['cause'] | undefined {
    const hash = status.annotations[runtimeKeys.containerHash];
    if (hash !== undefined && hash !== containerHash(container)) return 'changed';
    const { view } = this.#input;
    return view.failedProbe(status.id) ?? (view.resizeRestarts(container) ? 'resize' : undefined);
  }
}

/** The key of a container's restart back-off. */
export function backoffKey(pod: Pod, container: ContainerSpec): string {
  return `${pod.metadata.uid}/${container.name}/${containerHash(container)}`;
}

/** The next restart count by the API's record, for when the runtime has forgotten the container. */
function knownRestarts(pod: Pod, name: string): number {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const status = [...containerStatuses, ...initContainerStatuses].find(s => s.name === name);
  return status?.containerID ? status.restartCount + 1 : (status?.restartCount ?? 0);
}

/** Upstream's text of a Killing event. */
function killMessage({ name }: ContainerSpec, cause: ContainerKill['cause'], restarts: boolean): string {
  if (cause === 'unknown') return 'Container is in "Unknown" state, try killing it before restart';
  if (cause === 'resize') return `Container ${name} resize requires restart`;
  const what = cause === 'changed' ? 'definition changed' : `failed ${cause} probe`;
  return `Container ${name} ${what}${restarts ? ', will be restarted' : ''}`;
}
