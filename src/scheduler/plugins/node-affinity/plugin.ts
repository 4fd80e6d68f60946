import type { Node, NodeAffinity } from '#api/generated/types/core.v1.ts';
import { deepEqual } from '#base/equal.ts';
import {
  nodeTermMatcher,
  requiredNodeMatcher,
  requiredNodeNames,
  type SelectableNode,
} from '#api/node-selection.ts';
import { normalizeScores, type Plugin, type Rejection } from '../../framework/plugin.ts';

const rejection: Rejection = {
  plugin: 'NodeAffinity',
  code: 'UnschedulableAndUnresolvable',
  reasons: ["node(s) didn't match Pod's node affinity/selector"],
};

const enforcedRejection: Rejection = {
  ...rejection,
  reasons: ["node(s) didn't match scheduler-enforced node affinity"],
};

/** Terms that ask for different names at once. */
const conflict: Rejection = { ...rejection, reasons: ['pod affinity terms conflict'] };

export interface NodeAffinityOptions {
  /** What every pod of the profile asks for beside its own. */
  readonly addedAffinity?: NodeAffinity;
}

/** Only nodes that the pod's nodeSelector and required affinity match; rather those that it prefers. */
export function nodeAffinity({ addedAffinity }: NodeAffinityOptions = {}): Plugin {
  const addedTerms = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const added = addedTerms?.map(nodeTermMatcher);
  const isEnforced = (node: SelectableNode) => !added || added.some(matches => matches(node));
  const addedPreferences = addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return {
    name: 'NodeAffinity',
    nodeLocal: true,
    preFilter({ pod }) {
      const matches = requiredNodeMatcher(pod);
      if (!matches && !added) return undefined;
      const nodeNames = requiredNodeNames(pod);
      if (nodeNames?.size === 0) return conflict;
      return {
        ...(nodeNames ? { nodeNames } : {}),
        test(node) {
          if (added && !isEnforced(node)) return enforcedRejection;
          return !matches || matches(node) ? undefined : rejection;
        },
      };
    },
    preScore({ pod }) {
      const own = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
      const preferred = [...addedPreferences, ...own];
      if (preferred.length === 0) return undefined;
      const terms = preferred.map(({ weight, preference }) => ({
        weight,
        matches: nodeTermMatcher(preference),
      }));
      return {
        score: node => terms.reduce((sum, term) => sum + (term.matches(node) ? term.weight : 0), 0),
        normalize: scores => normalizeScores(scores),
      };
    },
    mayCure(event, { pod }) {
      if (event.type !== 'nodeAdded' && event.type !== 'nodeUpdated') return false;
      if (event.type === 'nodeUpdated' && deepEqual(event.node.metadata.labels, event.old.metadata.labels)) {
        return false;
      }
      const matches = requiredNodeMatcher(pod);
      const takes = (node: SelectableNode) => isEnforced(node) && (matches?.(node) ?? true);
      return takes(selectable(event.node)) && (event.type === 'nodeAdded' || !takes(selectable(event.old)));
    },
  };
}

function selectable(node: Node): SelectableNode {
  return { name: node.metadata.name ?? '', labels: node.metadata.labels ?? {} };
}
