import type { ContainerStatus } from '../runtime.ts';
import type { ContainerSpec, Pod } from '../types.ts';
import type { Backoff } from './backoff.ts';
import { planInitContainers } from './init-plan.ts';
import { containerHash, newest, type ObservedPod, type PodView, runtimeKeys } from './observed.ts';
import { restartPolicyOf, shouldStart } from './restart.ts';
import { isSidecar } from './spec.ts';

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
  readonly cause: 'changed' | 'liveness' | 'startup' | 'unknown';
}

/** A container that waits for its back-off. */
export interface ContainerBackoff {
  readonly container: ContainerSpec;
  readonly untilMs: number;
  readonly delayMs: number;
}

/** What to do for a pod now. Nothing in it: all is as it should be. */
export interface PodPlan {
  /** Stop whatever runs of the pod, sandbox included, first. */
  readonly killPod: boolean;
  /** The attempt number of a sandbox to make; undefined: keep the one there is. */
  readonly createSandbox: number | undefined;
  readonly sandboxId: string | undefined;
  readonly start: readonly ContainerStart[];
  readonly kill: readonly ContainerKill[];
  readonly backoffs: readonly ContainerBackoff[];
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
    const ended = previous?.state === 'EXITED' ? previous.finishedAtMs : undefined;
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

  wantKill(
    status: ContainerStatus,
    container: ContainerSpec,
    cause: ContainerKill['cause'],
    message: string,
  ) {
    this.kill.push({ status, container, cause, message });
  }

  /** Why a running container must go; undefined: it may stay. */
  faultOf(status: ContainerStatus, container: ContainerSpec): ContainerKill['cause'] | undefined {
    const hash = status.annotations[runtimeKeys.containerHash];
    if (hash !== undefined && hash !== containerHash(container)) return 'changed';
    return this.#input.view.failedProbe(status.id);
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

const nothing = { killPod: false, createSandbox: undefined, start: [], kill: [], backoffs: [] };

/** Decides what a pod that is not being deleted needs next. */
export function planPod(input: PlanInput): PodPlan {
  const { pod, observed } = input;
  const sandbox = observed.sandboxes[0];
  const usable = observed.sandboxes.filter(s => s.state === 'READY').length === 1 && isUsable(pod, sandbox!);
  return usable ? planContainers(input, sandbox!.id) : planNewSandbox(input);
}

function isUsable(pod: Pod, sandbox: ObservedPod['sandboxes'][number]): boolean {
  return sandbox.state === 'READY' && (pod.spec?.hostNetwork === true || sandbox.ips.length > 0);
}

/** The pod has no sandbox that works: everything that is still to run starts anew in a new one. */
function planNewSandbox(input: PlanInput): PodPlan {
  const { pod, observed } = input;
  const latest = observed.sandboxes[0];
  const attempt = latest ? latest.metadata.attempt + 1 : 0;
  const kill = { ...nothing, killPod: true, sandboxId: latest?.id };
  const ran = observed.containers.length > 0;
  const restarts = pod.spec!.containers.some(c => restartPolicyOf(pod, c, false) !== 'Never');
  if (attempt > 0 && ran && !restarts) return kill;
  const toRun = pod.spec!.containers.filter(container => {
    const status = newest(observed, container.name);
    return !status || restartPolicyOf(pod, container, false) !== 'OnFailure' || status.exitCode !== 0;
  });
  const initialised = pod.spec!.containers.some(container => newest(observed, container.name));
  if (toRun.length === 0 && (initialised || ran)) return kill;
  const draft = new PlanDraft(input);
  const first = pod.spec!.initContainers?.[0];
  if (first) draft.wantStart(first, 'init', undefined);
  else for (const container of toRun) draft.wantStart(container, 'main', undefined);
  const killPod = observed.sandboxes.some(s => s.state === 'READY');
  return { killPod, createSandbox: attempt, sandboxId: undefined, ...draft };
}

function planContainers(input: PlanInput, sandboxId: string): PodPlan {
  const { pod, observed } = input;
  const draft = new PlanDraft(input);
  for (const container of (pod.spec!.ephemeralContainers ?? []) as ContainerSpec[]) {
    if (!newest(observed, container.name)) draft.wantStart(container, 'ephemeral', undefined);
  }
  const progress = planInitContainers(input, draft, sandboxId);
  if (progress === 'failed') return { ...nothing, killPod: true, sandboxId };
  if (progress === 'initialised') {
    const kept = planMainContainers(input, draft);
    if (kept === 0) return { ...nothing, killPod: true, sandboxId };
  }
  return { killPod: false, createSandbox: undefined, sandboxId, ...draft };
}

/** Resolves to how many main containers run or are to run. */
function planMainContainers(input: PlanInput, draft: PlanDraft): number {
  const { pod, observed } = input;
  let kept = 0;
  for (const container of pod.spec!.containers) {
    const status = newest(observed, container.name);
    if (status?.state !== 'RUNNING') {
      if (!shouldStart(pod, container, status)) continue;
      kept++;
      if (status?.state === 'UNKNOWN') {
        const message = `Container is in "Unknown" state, try killing it before restart`;
        draft.wantKill(status, container, 'unknown', message);
      }
      draft.wantStart(container, 'main', status);
      continue;
    }
    kept++;
    const cause = draft.faultOf(status, container);
    if (cause) draft.wantKill(status, container, cause, killMessage(pod, container, cause));
  }
  return kept;
}

/** Upstream's text of a Killing event. */
export function killMessage(pod: Pod, container: ContainerSpec, cause: ContainerKill['cause']): string {
  const what =
    cause === 'changed'
      ? `Container ${container.name} definition changed`
      : `Container ${container.name} failed ${cause} probe`;
  const restarts = isSidecar(container) || restartPolicyOf(pod, container, false) !== 'Never';
  return restarts || cause === 'changed' ? `${what}, will be restarted` : what;
}
