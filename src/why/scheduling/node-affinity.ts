import { own } from '#base/members.ts';
import type { NodeSelectorRequirement, NodeSelectorTerm } from '#api/generated/types/core.v1.ts';
import type { NodeInfo } from '#scheduler/framework/node-info.ts';
import { nodeTermMatcher } from '#api/node-selection.ts';
import { listed } from '../words.ts';
import type { Lack, LacksOf } from './lack.ts';

/** Names the machine: relabelling is no remedy. */
const hostnameLabel = 'kubernetes.io/hostname';

/** The labels of spec.nodeSelector that the node has not, and what the nearest term of its node affinity misses. */
export const nodeAffinityLacks: LacksOf = ({ pod }, node) => {
  const spec = pod.pod.spec;
  const selector = Object.entries(spec?.nodeSelector ?? {}).filter(
    ([key, value]) => node.labels[key] !== value,
  );
  const terms =
    spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return [
    ...selector.map(([key, value]) => labelLack(node, key, value)),
    ...nearestTerm(terms, node).map(part => requirementLack(node, part)),
  ];
};

function labelLack(node: NodeInfo, key: string, value: string): Lack {
  const has = own(node.labels, key);
  return {
    text: `label ${key} is ${has === undefined ? 'missing' : JSON.stringify(has)}, not ${JSON.stringify(value)}`,
    remedy:
      key === hostnameLabel
        ? `change spec.nodeSelector, which wants the node ${value}`
        : `kubectl label node ${node.name} ${key}=${value}${has === undefined ? '' : ' --overwrite'}`,
    distance: 1,
  };
}

interface Part {
  readonly requirement: NodeSelectorRequirement;
  readonly field: boolean;
}

/** Of several terms one is enough: the parts that fail of the one that misses fewest. */
function nearestTerm(terms: readonly NodeSelectorTerm[], node: NodeInfo): readonly Part[] {
  const failing = terms.map(term => [
    ...(term.matchExpressions ?? [])
      .filter(one => !nodeTermMatcher({ matchExpressions: [one] })(node))
      .map(requirement => ({ requirement, field: false })),
    ...(term.matchFields ?? [])
      .filter(one => !nodeTermMatcher({ matchFields: [one] })(node))
      .map(requirement => ({ requirement, field: true })),
  ]);
  return failing.sort((a, b) => a.length - b.length)[0] ?? [];
}

function requirementLack(node: NodeInfo, { requirement, field }: Part): Lack {
  const { key, operator, values = [] } = requirement;
  const wanted = `${key} ${operator}${values.length > 0 ? ` [${listed(values)}]` : ''}`;
  if (field) {
    return {
      text: `it is not ${wanted}`,
      remedy: 'change the node affinity, which names nodes',
      distance: 1,
    };
  }
  const fix =
    operator === 'In' || operator === 'Exists'
      ? `kubectl label node ${node.name} ${key}=${values[0] ?? ''} --overwrite`
      : `change label ${key} of ${node.name}`;
  const has = own(node.labels, key);
  return {
    text: `node affinity wants ${wanted}, and its value is ${has === undefined ? 'missing' : JSON.stringify(has)}`,
    remedy: `${fix}, or change the node affinity`,
    distance: 1,
  };
}
