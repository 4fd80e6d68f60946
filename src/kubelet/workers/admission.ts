import type { NodeSelectorRequirement } from '#api/generated/types/core.v1.ts';
import { quantityMilliValue, quantityValue } from '#machinery/quantity.ts';
import { isSidecar } from '../lifecycle/spec.ts';
import { isExtendedResource } from '../node/node-object.ts';
import type { ContainerSpec, Node, Pod } from '../types.ts';

export interface Rejection {
  readonly reason: string;
  readonly message: string;
  /** Of a pod that was never to run here, rather than one that ran too long. */
  readonly rejected?: true;
}

function amount(resource: string, quantity: string | undefined): number {
  if (quantity === undefined) return 0;
  return resource === 'cpu' ? quantityMilliValue(quantity) : quantityValue(quantity);
}

/** What a pod asks for of a resource: its containers together, or its hungriest init step. */
export function podRequest(pod: Pod, resource: string): number {
  const of = (container: ContainerSpec) => amount(resource, container.resources?.requests?.[resource]);
  const sum = (containers: readonly ContainerSpec[]) => containers.reduce((total, c) => total + of(c), 0);
  let sidecars = 0;
  let peak = 0;
  for (const container of pod.spec?.initContainers ?? []) {
    if (isSidecar(container)) sidecars += of(container);
    else peak = Math.max(peak, sidecars + of(container));
  }
  const level = amount(resource, pod.spec?.resources?.requests?.[resource]);
  const running = level || sidecars + sum(pod.spec?.containers ?? []);
  return Math.max(running, peak) + amount(resource, pod.spec?.overhead?.[resource]);
}

function matchesTerm(requirement: NodeSelectorRequirement, value: string | undefined): boolean {
  const { operator, values = [] } = requirement;
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  if (operator === 'In') return value !== undefined && values.includes(value);
  if (operator === 'NotIn') return value === undefined || !values.includes(value);
  if (value === undefined || !/^-?\d+$/.test(value)) return false;
  return operator === 'Gt' ? Number(value) > Number(values[0]) : Number(value) < Number(values[0]);
}

/** Whether the node is one that the pod's selector and required affinity allow. */
export function nodeMatches(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const selector = Object.entries(pod.spec?.nodeSelector ?? {});
  if (!selector.every(([key, value]) => labels[key] === value)) return false;
  const terms =
    pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (!terms) return true;
  return terms.some(term => {
    const byLabel = term.matchExpressions ?? [];
    const byField = term.matchFields ?? [];
    if (byLabel.length + byField.length === 0) return false;
    return (
      byLabel.every(requirement => matchesTerm(requirement, labels[requirement.key])) &&
      byField.every(requirement => matchesTerm(requirement, node.metadata.name))
    );
  });
}

/** Why the node cannot take the pod beside those it has; undefined: it can. */
export function admit(pod: Pod, others: readonly Pod[], node: Node | undefined): Rejection | undefined {
  if (!node) return undefined;
  const allocatable = node.status?.allocatable ?? {};
  const podLimit = Number(allocatable.pods ?? Number.POSITIVE_INFINITY);
  if (others.length + 1 > podLimit) return outOf('pods', 1, others.length, podLimit);
  const wanted = new Set(
    [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].flatMap(container =>
      Object.keys(container.resources?.requests ?? {}),
    ),
  );
  for (const resource of wanted) {
    // Extended resources that the node does not have are the business of those that gave the pod its node.
    if (isExtendedResource(resource) && allocatable[resource] === undefined) continue;
    const requested = podRequest(pod, resource);
    const used = others.reduce((total, other) => total + podRequest(other, resource), 0);
    const capacity = amount(resource, allocatable[resource]);
    if (requested > 0 && requested + used > capacity) return outOf(resource, requested, used, capacity);
  }
  if (!nodeMatches(pod, node)) {
    return {
      reason: 'NodeAffinity',
      message:
        "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    };
  }
  return undefined;
}

function outOf(resource: string, requested: number, used: number, capacity: number): Rejection {
  return {
    reason: `OutOf${resource}`,
    message: `Pod was rejected: Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  };
}
