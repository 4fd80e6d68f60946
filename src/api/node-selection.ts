/** A pod's node selector and required node affinity, ready to match. */
import { table } from '#base/members.ts';
import type { Node, NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from './generated/types/core.v1.ts';
import { matchesRequirement } from '#machinery/selectors.ts';
import type { LabelRequirement, SelectorOperator } from '#machinery/label-requirement.ts';

/** What of a node is matched: real nodes and the scheduler's own view of them alike. */
export interface SelectableNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A pod, or what pods are made from. */
interface Template {
  readonly spec?: PodSpec | undefined;
}

export type NodeMatcher = (node: SelectableNode) => boolean;

const operators = table<SelectorOperator>({
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
  Gt: 'gt',
  Lt: 'lt',
});

function compile({ key, operator, values = [] }: NodeSelectorRequirement): LabelRequirement | undefined {
  const known = operators[operator];
  return known && { key, operator: known, values };
}

/** A term without requirements, or with one that makes no sense, matches no node. */
export function nodeTermMatcher(term: NodeSelectorTerm): NodeMatcher {
  const labels = (term.matchExpressions ?? []).map(compile);
  const fields = (term.matchFields ?? []).map(compile);
  if (labels.length + fields.length === 0 || [...labels, ...fields].includes(undefined)) return () => false;
  return node =>
    labels.every(requirement => matchesRequirement(requirement!, node.labels)) &&
    fields.every(requirement => matchesRequirement(requirement!, { 'metadata.name': node.name }));
}

/** Undefined where the pod takes any node. */
export function requiredNodeMatcher(pod: Template): NodeMatcher | undefined {
  const selector = Object.entries(pod.spec?.nodeSelector ?? {});
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (selector.length === 0 && !required) return undefined;
  const terms = required?.nodeSelectorTerms?.map(nodeTermMatcher);
  return node =>
    selector.every(([key, value]) => Object.hasOwn(node.labels, key) && node.labels[key] === value) &&
    (!terms || terms.some(matches => matches(node)));
}

/** Whether the node is one that the pod's selector and required affinity allow. */
export function allowsNode(pod: Template, { metadata }: Node): boolean {
  const matches = requiredNodeMatcher(pod);
  return !matches || matches({ name: metadata.name!, labels: metadata.labels ?? {} });
}

/** The names that each term asks for by metadata.name, where every term does; else undefined. */
export function requiredNodeNames(pod: Template): ReadonlySet<string> | undefined {
  const terms =
    pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (!terms?.length) return undefined;
  let names = new Set<string>();
  for (const term of terms) {
    let ofTerm: Set<string> | undefined;
    for (const { key, operator, values } of term.matchFields ?? []) {
      if (key !== 'metadata.name' || operator !== 'In') continue;
      ofTerm = ofTerm ? ofTerm.intersection(new Set(values)) : new Set(values);
    }
    if (!ofTerm) return undefined;
    names = names.union(ofTerm);
  }
  return names;
}
