import { Quantity } from '#machinery/quantity.ts';
import type { Pod, ResourceRequirements } from '../../generated/types/core.v1.ts';

type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const computeResources = ['cpu', 'memory'] as const;

function amount(amounts: Record<string, string> | undefined, name: string): Quantity | undefined {
  const quantity = Quantity.tryParse(amounts?.[name] ?? '');
  return quantity && quantity.sign > 0 ? quantity : undefined;
}

function asksForNothing({ requests, limits }: ResourceRequirements): boolean {
  return computeResources.every(name => !amount(requests, name) && !amount(limits, name));
}

/** Both resources limited, and what is requested equal to the limit. */
function isFullyLimited({ requests, limits }: ResourceRequirements): boolean {
  return computeResources.every(name => {
    const limit = amount(limits, name);
    if (!limit) return false;
    const request = amount(requests, name);
    return request === undefined || request.equals(limit);
  });
}

/**
 * The quality of service that a pod's requests and limits of cpu and memory earn it; those of the pod as a whole
 * (KEP-2837) go before those of its containers.
 */
export function qosClass({ spec }: Pod): QosClass {
  const podLevel = spec?.resources;
  const all = podLevel
    ? [podLevel]
    : [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(c => c.resources ?? {});
  if (all.every(asksForNothing)) return 'BestEffort';
  return all.every(isFullyLimited) ? 'Guaranteed' : 'Burstable';
}
