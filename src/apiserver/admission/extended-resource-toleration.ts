import { isExtended } from '#api/core/pod/validate-resources.ts';
import type { Pod, Toleration } from '#api/generated/types/core.v1.ts';
import { type AdmissionPlugin, changeOf } from './plugin.ts';

/** A pod that asks for a device tolerates the nodes that are kept for those who do. */
export const extendedResourceToleration: AdmissionPlugin = {
  name: 'ExtendedResourceToleration',
  concerns: changeOf('core/pods'),
  mutate({ object }) {
    const { spec } = object as Pod;
    if (!spec) return;
    const containers = [...spec.containers, ...(spec.initContainers ?? [])];
    const asked = new Set(containers.flatMap(({ resources }) => Object.keys(resources?.requests ?? {})));
    for (const key of [...asked].filter(isExtended).sort()) tolerate(spec, key);
  },
};

/** One that is meant for the same taint, and tolerates it for a while alone, gives way. */
function tolerate(spec: NonNullable<Pod['spec']>, key: string): void {
  const toleration: Toleration = { key, operator: 'Exists', effect: 'NoSchedule' };
  const own = spec.tolerations ?? [];
  const isSame = (other: Toleration) =>
    other.key === key && other.operator === 'Exists' && other.effect === 'NoSchedule' && !other.value;
  if (!own.some(isSame)) spec.tolerations = [...own, toleration];
}
