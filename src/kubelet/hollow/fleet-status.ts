import { toRfc3339 } from '#base/clock.ts';
import { controllerOf } from '#machinery/object.ts';
import { kubeletConditionTypes, stampConditions } from '../lifecycle/conditions.ts';
import { podResources } from '../lifecycle/pod-resources.ts';
import { isSidecar } from '../lifecycle/spec.ts';
import type { ApiContainerState, ApiContainerStatus, ContainerSpec, Pod, PodStatus } from '../types.ts';
import { behaviourOf } from './behaviour.ts';

export type HollowStage = 'started' | 'ready' | 'ended';

export interface FleetPodFacts {
  readonly nowMs: number;
  readonly startedAtMs: number;
  /** One or one of each family. */
  readonly hostIps: readonly string[];
  readonly podIps: readonly string[];
  /** Of 'ended'. */
  readonly exitCode: number;
}

/** When a pod's containers end by themselves, after their start; undefined: never. */
export function endOfPod(pod: Pod, jobRunMs: number): { afterMs: number; exitCode: number } | undefined {
  const policy = pod.spec?.restartPolicy;
  if (policy !== 'Never' && policy !== 'OnFailure') return undefined;
  let afterMs = 0;
  let exitCode = 0;
  for (const container of pod.spec!.containers) {
    const words = [...(container.command ?? []), ...(container.args ?? [])];
    const behaviour = behaviourOf(pod.metadata.annotations, container.name, words);
    const isJob = controllerOf(pod)?.kind === 'Job';
    const containerMs = behaviour.exitAfterMs ?? (isJob ? jobRunMs : undefined);
    if (containerMs === undefined) return undefined;
    afterMs = Math.max(afterMs, containerMs);
    exitCode ||= behaviour.exitCode ?? 0;
  }
  // A hollow node does not restart containers: what would fail for ever under OnFailure runs on instead.
  return exitCode !== 0 && policy === 'OnFailure' ? undefined : { afterMs, exitCode };
}

/** How long after the start the last readiness probe lets the pod be ready. */
export function readinessDelayMs(pod: Pod): number {
  return Math.max(
    0,
    ...pod.spec!.containers.map(container => (container.readinessProbe?.initialDelaySeconds ?? 0) * 1_000),
  );
}

function ended(
  startedAtMs: number,
  finishedAtMs: number,
  exitCode: number,
  containerID: string,
): ApiContainerState {
  return {
    terminated: {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      startedAt: toRfc3339(startedAtMs),
      finishedAt: toRfc3339(finishedAtMs),
      containerID,
    },
  };
}

function containerStatus(
  pod: Pod,
  container: ContainerSpec,
  kind: 'init' | 'main',
  stage: HollowStage,
  facts: FleetPodFacts,
): ApiContainerStatus {
  const containerID = `hollow://${pod.metadata.uid}-${container.name}`;
  const { startedAtMs, nowMs } = facts;
  const endsAtOnce = kind === 'init' && !isSidecar(container);
  const over = stage === 'ended' || endsAtOnce;
  const exitCode = kind === 'main' ? facts.exitCode : 0;
  const state: ApiContainerState = over
    ? ended(startedAtMs, endsAtOnce ? startedAtMs : nowMs, exitCode, containerID)
    : { running: { startedAt: toRfc3339(startedAtMs) } };
  const waitsForProbe = stage === 'started' && container.readinessProbe !== undefined;
  return {
    name: container.name,
    state,
    lastState: {},
    ready: over ? kind === 'init' && exitCode === 0 : !waitsForProbe,
    restartCount: 0,
    image: container.image ?? '',
    imageID: `hollow://${container.image ?? ''}`,
    containerID,
    started: !over,
    ...(over ? {} : grantedResources(container)),
  };
}

/** A hollow node has room for every resize. What asks for nothing cannot ask for more, and is told of without. */
function grantedResources({ resources }: ContainerSpec): Partial<ApiContainerStatus> {
  const { requests, limits } = resources ?? {};
  if (!requests && !limits) return {};
  return { resources: resources!, ...(requests ? { allocatedResources: requests } : {}) };
}

/** As of its containers: without where it asks for nothing. */
function wholeResources(pod: Pod, phase: string): Partial<PodStatus> {
  const { resources, ...allocated } = podResources(pod, phase === 'Running' ? pod : undefined);
  return { ...allocated, ...(Object.keys(resources!).length > 0 ? { resources: resources! } : {}) };
}

/** It runs from when it is seen to the end of its pod. */
function ephemeralStatus(
  pod: Pod,
  container: ContainerSpec,
  stage: HollowStage,
  facts: FleetPodFacts,
): ApiContainerStatus {
  const before = pod.status?.ephemeralContainerStatuses?.find(({ name }) => name === container.name);
  const startedAt = before?.state?.running?.startedAt;
  const startedAtMs = startedAt ? Date.parse(startedAt) : facts.nowMs;
  const succeeded = { ...facts, startedAtMs, exitCode: 0 };
  const { started: _, ...status } = containerStatus(pod, container, 'main', stage, succeeded);
  return { ...status, ready: false };
}

function conditions(pod: Pod, stage: HollowStage, facts: FleetPodFacts) {
  const gates = (pod.spec!.readinessGates ?? []).map(gate => gate.conditionType);
  const open = gates.every(type => pod.status?.conditions?.some(c => c.type === type && c.status === 'True'));
  const over = stage === 'ended';
  const why = over
    ? { reason: facts.exitCode === 0 ? 'PodCompleted' : 'PodFailed' }
    : { reason: 'ContainersNotReady' };
  const containersReady = stage === 'ready';
  const stamped = stampConditions(
    pod,
    [
      { type: 'PodReadyToStartContainers', status: over ? 'False' : 'True' },
      { type: 'Initialized', status: 'True', ...(over && facts.exitCode === 0 ? why : {}) },
      containersReady && open
        ? { type: 'Ready', status: 'True' }
        : {
            type: 'Ready',
            status: 'False',
            ...(containersReady ? { reason: 'ReadinessGatesNotReady' } : why),
          },
      containersReady
        ? { type: 'ContainersReady', status: 'True' }
        : { type: 'ContainersReady', status: 'False', ...why },
      { type: 'PodScheduled', status: 'True' },
    ],
    facts.nowMs,
  );
  const others = (pod.status?.conditions ?? []).filter(c => !kubeletConditionTypes.has(c.type));
  return [...stamped, ...others];
}

/** The status that a hollow node reports of a pod at a stage of its life. */
export function fleetPodStatus(pod: Pod, stage: HollowStage, facts: FleetPodFacts): PodStatus {
  const phase = stage !== 'ended' ? 'Running' : facts.exitCode === 0 ? 'Succeeded' : 'Failed';
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec!;
  const init = initContainers.map(c => containerStatus(pod, c, 'init', stage, facts));
  const ephemeral = ephemeralContainers.map(c => ephemeralStatus(pod, c, stage, facts));
  return {
    ...pod.status,
    ...(pod.metadata.generation ? { observedGeneration: pod.metadata.generation } : {}),
    phase,
    conditions: conditions(pod, stage, facts),
    hostIP: facts.hostIps[0]!,
    hostIPs: facts.hostIps.map(ip => ({ ip })),
    podIP: facts.podIps[0]!,
    podIPs: facts.podIps.map(ip => ({ ip })),
    startTime: pod.status?.startTime ?? toRfc3339(facts.startedAtMs),
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: containers.map(c => containerStatus(pod, c, 'main', stage, facts)),
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
    ...wholeResources(pod, phase),
  };
}
