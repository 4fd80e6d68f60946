import type { Pod, Toleration } from '#api/generated/types/core.v1.ts';
import { type AdmissionPlugin, creationOf } from './plugin.ts';

const taints = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
const tolerationSeconds = 300;

/** A pod outlives its node's silence by five minutes unless it says otherwise. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  concerns: creationOf('core/pods'),
  mutate({ object }) {
    const { spec } = object as Pod;
    if (!spec) return;
    for (const key of taints) {
      if (spec.tolerations?.some(toleration => covers(toleration, key))) continue;
      spec.tolerations = [
        ...(spec.tolerations ?? []),
        { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds },
      ];
    }
  },
};

function covers(toleration: Toleration, key: string): boolean {
  const keyMatches = toleration.key === key || !toleration.key;
  return keyMatches && (toleration.effect === 'NoExecute' || !toleration.effect);
}
