/** Warnings of labels by which nodes were once selected. */
import { table } from '#base/members.ts';
import type { FieldPath } from '#machinery/field.ts';
import { checkLabelValue } from '#machinery/names.ts';
import type { LabelSelectorObject } from '#machinery/selectors.ts';
import type { NodeSelectorTerm } from './generated/types/core.v1.ts';

const deprecatedLabels = table<string>({
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/instance-type':
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region':
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone':
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
  'scheduler.alpha.kubernetes.io/preferAvoidPods':
    'deprecated since v1.22; use Taints and Tolerations instead',
});

/** What is to be said of a label's key, of which `path` is the place. */
export function nodeLabelWarnings(path: FieldPath, key: string): string[] {
  const warning = deprecatedLabels[key];
  return warning === undefined ? [] : [`${path}: ${warning}`];
}

/** The same where the key is the value at `path`. */
export function nodeKeyWarnings(path: FieldPath, key: string): string[] {
  const warning = deprecatedLabels[key];
  return warning === undefined ? [] : [`${path}: ${key} is ${warning}`];
}

/** Of a term that selects nodes; with `checksValues`, also of values that are none of a label. */
export function nodeTermWarnings(path: FieldPath, term: NodeSelectorTerm, checksValues = false): string[] {
  return (term.matchExpressions ?? []).flatMap(({ key, values = [] }, i) => {
    const at = path.child('matchExpressions').index(i);
    const bad = (value: string, v: number) =>
      checkLabelValue(value).map(m => `${at.child('values').index(v)}: ${value} is invalid, ${m}`);
    return [...nodeKeyWarnings(at.child('key'), key), ...(checksValues ? values.flatMap(bad) : [])];
  });
}

/** Of a selector of nodes by their labels. */
export function nodeSelectorWarnings(path: FieldPath, selector: LabelSelectorObject = {}): string[] {
  const { matchExpressions, matchLabels } = selector;
  return [
    ...(matchExpressions ?? []).flatMap(({ key }, i) =>
      nodeKeyWarnings(path.child('matchExpressions').index(i).child('key'), key),
    ),
    ...Object.keys(matchLabels ?? {}).flatMap(key => nodeLabelWarnings(path.child('matchLabels', key), key)),
  ];
}
