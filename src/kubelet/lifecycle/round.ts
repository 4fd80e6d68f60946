import type { ContainerStatus } from '../runtime.ts';
import type { ContainerSpec, Pod } from '../types.ts';
import type { ConditionFacts } from './conditions.ts';
import type { ObservedPod } from './observed.ts';
import { matchesExit } from './restart.ts';
import { allContainers } from './spec.ts';

/** The life of a pod's containers since one of them last ended in a way that restarts all (KEP-5532). */
export interface Round {
  /** The end of this container began the round; undefined: it is the pod's first. */
  readonly trigger: ContainerStatus | undefined;
  /** Whether a container belongs to an earlier round: for what comes next it is as if it had never been. */
  isPast(status: ContainerStatus): boolean;
  /** The pod without what is past. */
  readonly current: ObservedPod;
}

function restartsAll(container: ContainerSpec, { exitCode }: ContainerStatus): boolean {
  const rules = container.restartPolicyRules ?? [];
  return rules.some(rule => rule.action === 'RestartAllContainers' && matchesExit(rule, exitCode));
}

export function roundOf(pod: Pod, observed: ObservedPod): Round {
  const containers = [...(pod.spec!.initContainers ?? []), ...pod.spec!.containers];
  const trigger = observed.containers
    .filter(status => status.state === 'EXITED')
    .filter(status => containers.some(c => c.name === status.name && restartsAll(c, status)))
    .sort((a, b) => b.finishedAtMs - a.finishedAtMs)[0];
  if (!trigger) return { trigger, isPast: () => false, current: observed };
  const names = new Set(containers.map(({ name }) => name));
  const isPast = (status: ContainerStatus) =>
    names.has(status.name) && (status.id === trigger.id || status.createdAtMs < trigger.finishedAtMs);
  return {
    trigger,
    isPast,
    current: { ...observed, containers: observed.containers.filter(status => !isPast(status)) },
  };
}

/** The pod's condition while no container of a new round is there yet; it stays, as untrue, from then on. */
export function restartingCondition(pod: Pod, { trigger, current }: Round): ConditionFacts[] {
  const type = 'AllContainersRestarting';
  const names = new Set(allContainers(pod).map(({ name }) => name));
  if (trigger && !current.containers.some(({ name }) => names.has(name))) {
    const message = `Container ${trigger.name} exited with code ${trigger.exitCode}, triggering pod restart`;
    return [{ type, status: 'True', reason: 'ContainerExited', message }];
  }
  const isKnown = pod.status?.conditions?.some(condition => condition.type === type);
  return isKnown ? [{ type, status: 'False' }] : [];
}
