import type { Node } from '#api/generated/types/core.v1.ts';
import { hasNewTolerations, normalizeScores, type Plugin, type Rejection } from '../../framework/plugin.ts';
import { tolerates, untoleratedTaint } from '../../framework/tolerations.ts';

const rejection: Rejection = {
  plugin: 'TaintToleration',
  code: 'UnschedulableAndUnresolvable',
  reasons: ['node(s) had untolerated taint(s)'],
};

const noTolerations: readonly never[] = [];

/** Not on nodes with taints that the pod does not tolerate; rather not where they only prefer it so. */
export function taintToleration(): Plugin {
  return {
    name: 'TaintToleration',
    nodeLocal: true,
    preFilter({ pod }) {
      const tolerations = pod.spec?.tolerations ?? noTolerations;
      return {
        test: node =>
          node.taints.length > 0 && untoleratedTaint(node.taints, tolerations) ? rejection : undefined,
      };
    },
    preScore({ pod }) {
      const soft = 'PreferNoSchedule';
      const tolerations = (pod.spec?.tolerations ?? []).filter(t => !t.effect || t.effect === soft);
      return {
        score: node =>
          node.taints.filter(t => t.effect === soft && !tolerations.some(other => tolerates(other, t)))
            .length,
        // Where no node has one, all nodes score alike.
        normalize: scores => {
          if (scores.some(score => score > 0)) normalizeScores(scores, true);
        },
      };
    },
    mayCure(event, { pod, uid }) {
      if (event.type === 'podUpdated') return event.pod.uid === uid && hasNewTolerations(event);
      if (event.type !== 'nodeAdded' && event.type !== 'nodeUpdated') return false;
      const takes = ({ spec }: Node) => !untoleratedTaint(spec?.taints ?? [], pod.spec?.tolerations ?? []);
      return takes(event.node) && (event.type === 'nodeAdded' || !takes(event.old));
    },
  };
}
