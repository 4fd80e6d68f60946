import { toRfc3339 } from '#base/clock.ts';
import type { ContainerStatus } from '../runtime.ts';
import type { ApiContainerState, ApiContainerStatus, ContainerSpec, Pod } from '../types.ts';
import { goDuration } from './backoff.ts';
import { newest, type ObservedPod, type PodView, podText, type Waiting } from './observed.ts';
import type { ContainerBackoff, ContainerKind } from './plan-draft.ts';
import { shouldStart } from './restart.ts';
import { roundOf } from './round.ts';
import { allContainers, isSidecar } from './spec.ts';

export interface StatusInput {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  readonly view: PodView;
  /** From the plan of the same moment. */
  readonly backoffs: readonly ContainerBackoff[];
  readonly runtimeName: string;
  /** All work on the pod is over: what does not run will not run again. */
  readonly finished: boolean;
}

/** The message of CrashLoopBackOff. */
export function crashLoopMessage(pod: Pod, backoff: ContainerBackoff): string {
  return `back-off ${goDuration(backoff.delayMs)} restarting failed container=${backoff.container.name} pod=${podText(pod)}`;
}

const podMessageBytesMax = 12 * 1_024;

/** A termination message, cut to the container's share of what all of a pod may take. */
function cutMessage(pod: Pod, message: string): string {
  const bytes = new TextEncoder().encode(message);
  const share = Math.floor(podMessageBytesMax / allContainers(pod).length);
  return bytes.length <= share ? message : new TextDecoder().decode(bytes.subarray(0, share));
}

function terminated(status: ContainerStatus, { pod, runtimeName }: StatusInput): ApiContainerState {
  return {
    terminated: {
      exitCode: status.exitCode,
      reason: status.reason || (status.exitCode === 0 ? 'Completed' : 'Error'),
      ...(status.message ? { message: cutMessage(pod, status.message) } : {}),
      // Of a container that never started: the epoch, as the runtime has it.
      startedAt: toRfc3339(status.startedAtMs),
      finishedAt: toRfc3339(status.finishedAtMs),
      containerID: `${runtimeName}://${status.id}`,
    },
  };
}

function stateOf(status: ContainerStatus, input: StatusInput): ApiContainerState {
  if (status.state === 'RUNNING') return { running: { startedAt: toRfc3339(status.startedAtMs) } };
  if (status.state === 'EXITED') return terminated(status, input);
  return notYet(input.pod);
}

/** Of a container that has not been started, whatever its kind. */
function notYet(pod: Pod): ApiContainerState {
  const initialises = (pod.spec!.initContainers?.length ?? 0) > 0;
  return { waiting: { reason: initialises ? 'PodInitializing' : 'ContainerCreating' } };
}

function waitingFor(input: StatusInput, container: ContainerSpec): Waiting | undefined {
  const backoff = input.backoffs.find(b => b.container.name === container.name);
  if (backoff) return { reason: 'CrashLoopBackOff', message: crashLoopMessage(input.pod, backoff) };
  const problem = input.view.problem(container.name);
  return problem && { reason: problem.reason, message: problem.message };
}

function oldStatusOf(pod: Pod, name: string): ApiContainerStatus | undefined {
  const {
    containerStatuses = [],
    initContainerStatuses = [],
    ephemeralContainerStatuses = [],
  } = pod.status ?? {};
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find(
    status => status.name === name,
  );
}

/** The runtime knows nothing of the container: not made yet, or lost. */
function unseen(input: StatusInput, container: ContainerSpec, kind: ContainerKind): ApiContainerStatus {
  const { pod, finished } = input;
  const old = oldStatusOf(pod, container.name);
  const base = {
    name: container.name,
    lastState: old?.lastState ?? {},
    ready: false,
    restartCount: old?.restartCount ?? 0,
    image: container.image ?? '',
    imageID: '',
    started: false,
    ...mountStatuses(container),
  };
  if (finished && old?.state?.terminated) return { ...old, ready: false, started: false };
  if (finished && (old?.state?.running || mustHaveRun(pod, container, kind))) {
    return { ...base, state: lostState() };
  }
  if (old?.state?.running) base.lastState = lostState();
  const waiting = waitingFor(input, container);
  return { ...base, state: waiting ? { waiting } : notYet(pod) };
}

/** Of a pod that has ended: the container is known to have had its turn, so what is not known of it is a failure. */
function mustHaveRun(pod: Pod, container: ContainerSpec, kind: ContainerKind): boolean {
  if (kind === 'main') return everInitialised(pod);
  if (kind === 'ephemeral') return false;
  const { initContainerStatuses = [] } = pod.status ?? {};
  const later = pod.spec!.initContainers!.slice(pod.spec!.initContainers!.indexOf(container) + 1);
  return later.some(({ name }) => hasRun(initContainerStatuses.find(status => status.name === name)));
}

function hasRun(status: ApiContainerStatus | undefined): boolean {
  const { state, lastState } = status ?? {};
  return Boolean(state?.running || state?.terminated || lastState?.terminated);
}

/** The API has it that the pod's main containers were let start. */
function everInitialised(pod: Pod): boolean {
  const last = pod.spec!.initContainers?.at(-1);
  if (!last) return true;
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  if (containerStatuses.some(hasRun)) return true;
  const status = initContainerStatuses.find(({ name }) => name === last.name);
  if (isSidecar(last)) return Boolean(status?.state?.running && status.started);
  return [status?.state, status?.lastState].some(state => state?.terminated?.exitCode === 0);
}

function lostState(): ApiContainerState {
  return {
    terminated: {
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was terminated',
      startedAt: null as unknown as string,
      finishedAt: null as unknown as string,
    },
  };
}

function isReady(container: ContainerSpec, kind: ContainerKind, status: ContainerStatus, view: PodView) {
  if (kind === 'init' && !isSidecar(container)) return status.state === 'EXITED' && status.exitCode === 0;
  return status.state === 'RUNNING' && view.started(status.id) && view.ready(status.id);
}

function mountStatuses({ volumeMounts = [] }: ContainerSpec) {
  const mounts = volumeMounts.map(mount => ({
    name: mount.name,
    mountPath: mount.mountPath,
    ...(mount.readOnly ? { readOnly: true, recursiveReadOnly: 'Disabled' } : {}),
  }));
  return mounts.length > 0 ? { volumeMounts: mounts } : {};
}

/** One entry of containerStatuses, initContainerStatuses or ephemeralContainerStatuses. */
export function apiContainerStatus(
  input: StatusInput,
  container: ContainerSpec,
  kind: ContainerKind,
): ApiContainerStatus {
  const { observed, view, pod, runtimeName } = input;
  const status = newest(observed, container.name);
  if (!status) return unseen(input, container, kind);
  const previous = observed.containers.find(c => c.name === container.name && c.id !== status.id);
  let state = stateOf(status, input);
  let lastState = previous?.state === 'EXITED' ? terminated(previous, input) : {};
  const isPast = roundOf(pod, observed).isPast(status);
  const restarts = !input.finished && (isPast || shouldStart(pod, container, status, kind === 'init'));
  const waiting = restarts ? waitingFor(input, container) : undefined;
  if (waiting) {
    if (state.terminated) lastState = state;
    state = { waiting };
  }
  const running = status.state === 'RUNNING';
  const { granted, actual } = view.resources(container);
  const resources = running ? actual : granted;
  return {
    name: container.name,
    state,
    lastState,
    ready: isReady(container, kind, status, view),
    restartCount: status.attempt,
    image: status.image,
    imageID: status.imageId,
    containerID: `${runtimeName}://${status.id}`,
    started: running && view.started(status.id),
    ...(granted?.requests ? { allocatedResources: { ...granted.requests } } : {}),
    ...(resources ? { resources } : {}),
    ...mountStatuses(container),
  };
}
