import { hasNewTolerations, type Plugin, type Rejection } from '../../framework/plugin.ts';
import { tolerates } from '../../framework/tolerations.ts';

const rejection: Rejection = {
  plugin: 'NodeUnschedulable',
  code: 'UnschedulableAndUnresolvable',
  reasons: ['node(s) were unschedulable'],
};

const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Not on cordoned nodes, unless the pod tolerates their taint. */
export function nodeUnschedulable(): Plugin {
  return {
    name: 'NodeUnschedulable',
    nodeLocal: true,
    preFilter({ pod }) {
      if (pod.spec?.tolerations?.some(toleration => tolerates(toleration, taint))) return undefined;
      return { test: node => (node.node!.spec?.unschedulable ? rejection : undefined) };
    },
    mayCure: (event, { uid }) =>
      (event.type === 'nodeAdded' && !event.node.spec?.unschedulable) ||
      (event.type === 'nodeUpdated' && !!event.old.spec?.unschedulable && !event.node.spec?.unschedulable) ||
      (event.type === 'podUpdated' && event.pod.uid === uid && hasNewTolerations(event)),
  };
}
