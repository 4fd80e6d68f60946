import type { Node } from '#api/generated/types/core.v1.ts';
import { type AdmissionPlugin, creationOf } from './plugin.ts';

const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

/** A new node takes no pods until its controller has seen that it is ready. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  concerns: creationOf('core/nodes'),
  mutate({ object }) {
    const node = object as Node;
    const taints = node.spec?.taints ?? [];
    if (taints.some(({ key, effect }) => key === taint.key && effect === taint.effect)) return;
    node.spec = { ...node.spec, taints: [...taints, { ...taint }] };
  },
};
