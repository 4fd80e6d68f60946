import { toRfc3339 } from '#base/clock.ts';
import type { ApiContainerStatus, ContainerSpec, Pod, PodStatus } from '../types.ts';
import { type ConditionFacts, kubeletConditionTypes, stampConditions } from './conditions.ts';
import { apiContainerStatus, type StatusInput } from './container-status.ts';
import { type Phase, podPhase } from './phase.ts';
import { newest } from './observed.ts';
import { podResources } from './pod-resources.ts';
import { qosClassOf } from './qos.ts';
import { type Round, restartingCondition, roundOf } from './round.ts';
import { isSidecar, isTerminalPhase } from './spec.ts';

export interface PodStatusInput extends StatusInput {
  readonly hostIps: readonly string[];
  readonly nowMs: number;
  /** The pod with the resources that it runs with, where those are not what it has been granted. */
  readonly actual?: Pod;
  /** Where a resize stands. */
  readonly resize?: readonly ConditionFacts[];
  /**
   * Overrides what the containers say: a deadline, an eviction. `rejected`: none was ever to be made here;
   * `disrupted`: the node itself has ended it, for the sake of others.
   */
  readonly failure?: {
    readonly reason: string;
    readonly message: string;
    readonly rejected?: true;
    readonly disrupted?: true;
  };
}

function initializedCondition(
  pod: Pod,
  phase: Phase,
  statuses: readonly ApiContainerStatus[],
  round: Round,
): ConditionFacts {
  if (phase === 'Succeeded') return { type: 'Initialized', status: 'True', reason: 'PodCompleted' };
  const incomplete = (pod.spec!.initContainers ?? [])
    .filter(container => {
      const status = statuses.find(s => s.name === container.name);
      return isSidecar(container) ? !status?.started : !status?.ready;
    })
    .map(container => container.name);
  const mainSeen = pod.status?.containerStatuses?.some(s => s.containerID) ?? false;
  // Nor does a pod that restarts all its containers lose what it has once been.
  const onlyAgain =
    round.trigger !== undefined ||
    incomplete.every(name => pod.spec!.initContainers!.some(c => c.name === name && isSidecar(c)));
  if (incomplete.length === 0 || (mainSeen && onlyAgain)) return { type: 'Initialized', status: 'True' };
  return {
    type: 'Initialized',
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${incomplete.join(' ')}]`,
  };
}

function containersReady(pod: Pod, phase: Phase, statuses: readonly ApiContainerStatus[]): ConditionFacts {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const watched = [...(pod.spec!.initContainers ?? []).filter(isSidecar), ...pod.spec!.containers];
  const unready = watched.filter(c => !statuses.find(s => s.name === c.name)?.ready).map(c => c.name);
  if (unready.length === 0) return { type, status: 'True' };
  return {
    type,
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${unready.join(' ')}]`,
  };
}

function podReady(pod: Pod, containers: ConditionFacts): ConditionFacts {
  if (containers.status !== 'True') return { ...containers, type: 'Ready' };
  const messages: string[] = [];
  for (const { conditionType } of pod.spec!.readinessGates ?? []) {
    const condition = pod.status?.conditions?.find(c => c.type === conditionType);
    if (!condition) {
      messages.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    } else if (condition.status !== 'True') {
      messages.push(
        `the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`,
      );
    }
  }
  if (messages.length === 0) return { type: 'Ready', status: 'True' };
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}

function phaseOf(input: PodStatusInput, init: ApiContainerStatus[], main: ApiContainerStatus[]): Phase {
  if (input.failure) return 'Failed';
  // A phase that is final in the API stays so, whatever the runtime still shows.
  if (isTerminalPhase(input.pod)) return input.pod.status!.phase as Phase;
  return podPhase(input.pod, init, main, input.finished);
}

/** Statuses without those of containers that are to run anew, as the phase goes by. */
function ofRound({ observed, finished }: StatusInput, round: Round, statuses: ApiContainerStatus[]) {
  if (finished || !round.trigger) return statuses;
  const isCurrent = ({ name }: ApiContainerStatus) => {
    const status = newest(observed, name);
    return !status || !round.isPast(status);
  };
  return statuses.filter(isCurrent);
}

function addresses(input: PodStatusInput) {
  const { pod, observed, hostIps } = input;
  const sandbox = observed.sandboxes[0];
  const fresh = pod.spec!.hostNetwork ? (sandbox ? hostIps : []) : (sandbox?.ips ?? []);
  const podIps = fresh.length > 0 ? fresh : (pod.status?.podIPs ?? []).map(entry => entry.ip);
  return {
    ...(hostIps.length > 0 ? { hostIP: hostIps[0]!, hostIPs: hostIps.map(ip => ({ ip })) } : {}),
    ...(podIps.length > 0 ? { podIP: podIps[0]!, podIPs: podIps.map(ip => ({ ip })) } : {}),
  };
}

/** Of a pod that this node does not take only that and why, so that clients show the reason. */
function rejectedStatus({ pod, failure, nowMs }: PodStatusInput): PodStatus {
  const { generation } = pod.metadata;
  const { conditions, startTime = toRfc3339(nowMs) } = pod.status ?? {};
  return {
    ...(generation ? { observedGeneration: generation } : {}),
    phase: 'Failed',
    ...(conditions ? { conditions } : {}),
    reason: failure!.reason,
    message: `Pod was rejected: ${failure!.message}`,
    qosClass: qosClassOf(pod),
    startTime,
  };
}

/** Init containers are told in their order; the others', which have none, by name. */
function byName(statuses: ApiContainerStatus[]): ApiContainerStatus[] {
  return statuses.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The whole status of a pod as the kubelet reports it: a function of what is known, nothing else. */
export function podStatus(input: PodStatusInput): PodStatus {
  if (input.failure?.rejected) return rejectedStatus(input);
  const { pod, observed, nowMs } = input;
  const spec = pod.spec!;
  const init = (spec.initContainers ?? []).map(c => apiContainerStatus(input, c, 'init'));
  const main = byName(spec.containers.map(c => apiContainerStatus(input, c, 'main')));
  const ephemeral = byName(
    ((spec.ephemeralContainers ?? []) as ContainerSpec[]).map(c => apiContainerStatus(input, c, 'ephemeral')),
  );
  const round = roundOf(pod, observed);
  const phase = phaseOf(input, ofRound(input, round, init), ofRound(input, round, main));
  const ready = containersReady(pod, phase, [...init, ...main]);
  const sandbox = observed.sandboxes[0];
  const hasNetwork = sandbox?.state === 'READY' && (spec.hostNetwork === true || sandbox.ips.length > 0);
  const conditions = stampConditions(
    pod,
    [
      { type: 'PodReadyToStartContainers', status: hasNetwork ? 'True' : 'False' },
      initializedCondition(pod, phase, init, round),
      podReady(pod, ready),
      ready,
      { type: 'PodScheduled', status: 'True' },
      ...(input.resize ?? []),
      ...disruption(input),
      ...restartingCondition(pod, round),
    ],
    nowMs,
  );
  const mine = new Set(conditions.map(condition => condition.type));
  const others = (pod.status?.conditions ?? []).filter(
    c => !kubeletConditionTypes.has(c.type) && !mine.has(c.type),
  );
  const { generation } = pod.metadata;
  return {
    ...(generation ? { observedGeneration: generation } : {}),
    phase,
    conditions: [...others, ...conditions],
    ...failureOf(input),
    ...(pod.status?.nominatedNodeName ? { nominatedNodeName: pod.status.nominatedNodeName } : {}),
    ...addresses(input),
    startTime: pod.status?.startTime ?? toRfc3339(nowMs),
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: main,
    qosClass: pod.status?.qosClass ?? qosClassOf(pod),
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
    ...podResources(pod, phase === 'Running' ? (input.actual ?? pod) : undefined),
  };
}

function disruption({ failure }: PodStatusInput): ConditionFacts[] {
  if (!failure?.disrupted) return [];
  const { message } = failure;
  return [{ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message }];
}

function failureOf({ failure, pod }: PodStatusInput) {
  return failure ? { reason: failure.reason, message: failure.message } : keptFailure(pod);
}

/** What the API already says of why a pod failed (an eviction, a disruption). */
function keptFailure(pod: Pod) {
  const { reason, message } = pod.status ?? {};
  return { ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
}
