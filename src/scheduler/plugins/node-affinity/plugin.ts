import type { Node } from '#api/generated/types/core.v1.ts';
import { deepEqual } from '#base/equal.ts';
import {
  nodeTermMatcher,
  requiredNodeMatcher,
  requiredNodeNames,
  type SelectableNode,
} from '../../framework/node-selection.ts';
import { normalizeScores, type Plugin, type Rejection } from '../../framework/plugin.ts';

const rejection: Rejection = {
  plugin: 'NodeAffinity',
  code: 'UnschedulableAndUnresolvable',
  reasons: ["node(s) didn't match Pod's node affinity/selector"],
};

/** Only nodes that the pod's nodeSelector and required affinity match; rather those that it prefers. */
export function nodeAffinity(): Plugin {
  return {
    name: 'NodeAffinity',
    nodeLocal: true,
    preFilter({ pod }) {
      const matches = requiredNodeMatcher(pod);
      if (!matches) return undefined;
      const nodeNames = requiredNodeNames(pod);
      return {
        ...(nodeNames ? { nodeNames } : {}),
        test: node => (matches(node) ? undefined : rejection),
      };
    },
    preScore({ pod }) {
      const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
      if (!preferred?.length) return undefined;
      const terms = preferred.map(({ weight, preference }) => ({
        weight,
        matches: nodeTermMatcher(preference),
      }));
      return {
        score: node => terms.reduce((sum, term) => sum + (term.matches(node) ? term.weight : 0), 0),
        normalize: scores => normalizeScores(scores),
      };
    },
    mayCure(event, { pod, uid }) {
      if (event.type === 'podUpdated') return event.pod.uid === uid;
      if (event.type !== 'nodeAdded' && event.type !== 'nodeUpdated') return false;
      if (event.type === 'nodeUpdated' && deepEqual(event.node.metadata.labels, event.old.metadata.labels)) {
        return false;
      }
      return requiredNodeMatcher(pod)?.(selectable(event.node)) ?? true;
    },
  };
}

function selectable(node: Node): SelectableNode {
  return { name: node.metadata.name ?? '', labels: node.metadata.labels ?? {} };
}
