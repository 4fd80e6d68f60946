import type { Pod } from '../types.ts';
import { allContainers } from './spec.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

function isZero(quantity: string | undefined): boolean {
  return quantity === undefined || /^[+-]?0*(\.0*)?([a-zA-Z]*|[eE][+-]?\d+)$/.test(quantity);
}

/** The quality-of-service class by requests and limits of cpu and memory. */
export function qosClassOf(pod: Pod): QosClass {
  const containers = allContainers(pod).map(container => container.resources ?? {});
  const sets = pod.spec?.resources ? [pod.spec.resources] : containers;
  const kinds = ['cpu', 'memory'];
  const some = sets.some(({ requests, limits }) =>
    kinds.some(kind => !isZero(requests?.[kind]) || !isZero(limits?.[kind])),
  );
  if (!some) return 'BestEffort';
  const all = sets.every(({ requests, limits }) =>
    kinds.every(kind => {
      const limit = limits?.[kind];
      return !isZero(limit) && (requests?.[kind] ?? limit) === limit;
    }),
  );
  return all ? 'Guaranteed' : 'Burstable';
}
