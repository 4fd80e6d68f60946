import type { Strategy } from '../../definition.ts';
import type { Pod } from '../../generated/types/core.v1.ts';
import { mirrorServiceAccount, setPodDefaults } from './defaults.ts';
import { qosClass } from './qos.ts';

function prepareForCreate(pod: Pod): void {
  if (pod.spec) {
    mirrorServiceAccount(pod.spec);
    delete pod.spec.ephemeralContainers;
  }
  pod.status = { phase: 'Pending', qosClass: qosClass(pod) };
}

/** How pods are admitted. */
export const podStrategy: Strategy<Pod> = {
  setDefaults: setPodDefaults,
  prepareForCreate,
  generation: true,
};
