import type { Pod, Toleration } from '#api/generated/types/core.v1.ts';
import { deepFreeze } from '#machinery/object.ts';
import { type AdmissionPlugin, changeOf } from './plugin.ts';

/** All pods that say nothing share them. */
const defaults: readonly Toleration[] = deepFreeze(
  ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map(key => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 300,
  })),
);

/** A pod outlives its node's silence by five minutes unless it says otherwise. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  concerns: changeOf('core/pods'),
  mutate({ object }) {
    const { spec } = object as Pod;
    if (!spec) return;
    const own = spec.tolerations ?? [];
    const missing = defaults.filter(({ key }) => !own.some(toleration => covers(toleration, key!)));
    if (missing.length > 0) spec.tolerations = own.concat(missing);
  },
};

function covers(toleration: Toleration, key: string): boolean {
  const keyMatches = toleration.key === key || !toleration.key;
  return keyMatches && (toleration.effect === 'NoExecute' || !toleration.effect);
}
