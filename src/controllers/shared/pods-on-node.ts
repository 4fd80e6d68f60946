import type { Pod } from '#api/generated/types/core.v1.ts';
import type { Informer } from '#client/informer.ts';

const nodeIndex = 'nodeName';

/** Indexes pods by their node, and looks them up there. */
export function podsOnNode(informer: Informer<Pod>): (node: string) => readonly Pod[] {
  informer.addIndex(nodeIndex, pod => (pod.spec?.nodeName ? [pod.spec.nodeName] : []));
  return node => informer.byIndex(nodeIndex, node);
}
