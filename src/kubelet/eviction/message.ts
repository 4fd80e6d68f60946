import { canonicalQuantity, quantityValue } from '#machinery/quantity.ts';
import type { ContainerSpec } from '../types.ts';
import { type Candidate, type ContainerUse, memoryUse } from './rank.ts';
import { type Observations, type StarvedResource, signals } from './signals.ts';
import { availableQuantity, binaryQuantity, type Threshold, thresholdQuantity } from './thresholds.ts';

export interface EvictionText {
  readonly message: string;
  /** Of the event, for programs. */
  readonly annotations: Record<string, string>;
}

/** Why a pod is evicted, word for word as upstream tells it. */
export function evictionText(
  resource: StarvedResource,
  { pod, use }: Candidate,
  due: readonly Threshold[],
  observations: Observations,
): EvictionText {
  const low = `The node was low on resource: ${resource}. ${amounts(resource, due, observations)}`;
  if (!use) return { message: low, annotations: {} };
  const greedy = (use.containers ?? []).flatMap(one => {
    const spec = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find(
      ({ name }) => name === one.name,
    );
    const excess = spec && excessOf(resource, one, spec);
    return excess ? [{ name: one.name, ...excess }] : [];
  });
  const asked = pod.spec?.resources?.requests?.[resource];
  const whole =
    resource === 'memory' && asked !== undefined
      ? { name: pod.metadata.name!, used: binaryQuantity(memoryUse(use)), asked: canonicalQuantity(asked) }
      : undefined;
  const consumers = [
    ...(whole ? [consumption('Pod', whole, resource)] : []),
    ...greedy.map(one => consumption('Container', one, resource)),
  ];
  return {
    message: low + consumers.join(''),
    annotations: {
      ...(whole ? { offending_pod: whole.name, offending_pod_usage: whole.used } : {}),
      offending_containers: greedy.map(({ name }) => name).join(','),
      offending_containers_usage: greedy.map(({ used }) => used).join(','),
      starved_resource: resource,
    },
  };
}

function amounts(resource: StarvedResource, due: readonly Threshold[], observations: Observations): string {
  const threshold = due.find(
    one => signals[one.signal].resource === resource && observations.has(one.signal),
  );
  if (!threshold) return '';
  const observed = observations.get(threshold.signal)!;
  const available = availableQuantity(threshold, observed);
  return `Threshold quantity: ${thresholdQuantity(threshold, observed)}, available: ${available}. `;
}

interface Consumer {
  readonly name: string;
  readonly used: string;
  readonly asked: string;
}

function excessOf(
  resource: StarvedResource,
  { memoryBytes, layer, logs }: ContainerUse,
  { resources }: ContainerSpec,
): Omit<Consumer, 'name'> | undefined {
  if (resource !== 'memory' && resource !== 'ephemeral-storage') return undefined;
  const used = resource === 'memory' ? memoryBytes : layer + logs;
  const asked = resources?.requests?.[resource] ?? '0';
  if (used <= quantityValue(asked)) return undefined;
  return { used: binaryQuantity(used), asked: canonicalQuantity(asked) };
}

function consumption(kind: string, { name, used, asked }: Consumer, resource: string): string {
  return `${kind} ${name} was using ${used}, request is ${asked}, has larger consumption of ${resource}. `;
}
