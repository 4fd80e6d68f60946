import type { Pod } from '../types.ts';

const systemCriticalPriority = 2_000_000_000;
const mirrorAnnotation = 'kubernetes.io/config.mirror';
const sourceAnnotation = 'kubernetes.io/config.source';

/** The node needs the pod more than what the pod takes from it: it is never evicted, and always let in. */
export function isCritical({ metadata, spec }: Pod): boolean {
  const { annotations = {} } = metadata;
  const source = annotations[sourceAnnotation];
  const isStatic = source !== undefined && source !== 'api';
  return isStatic || mirrorAnnotation in annotations || (spec?.priority ?? 0) >= systemCriticalPriority;
}
