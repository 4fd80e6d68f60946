import { own } from '#base/members.ts';
import type { Node, NodeSelectorRequirement, PodSpec } from '#api/generated/types/core.v1.ts';

/** The node meets the pod's nodeSelector and its required node affinity. */
export function fitsNode(spec: PodSpec | undefined, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (!Object.entries(spec?.nodeSelector ?? {}).every(([key, value]) => own(labels, key) === value))
    return false;
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!required) return true;
  const fields = { 'metadata.name': node.metadata.name! };
  return (required.nodeSelectorTerms ?? []).some(({ matchExpressions = [], matchFields = [] }) => {
    // A term without any requirement matches nothing.
    if (matchExpressions.length + matchFields.length === 0) return false;
    return matchExpressions.every(one => meets(one, labels)) && matchFields.every(one => meets(one, fields));
  });
}

function meets(
  { key, operator, values = [] }: NodeSelectorRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = own(labels, key);
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

const nameField = 'metadata.name';

/** The node that a pod runs on, or that its affinity to a node's name is for. */
export function targetNode(spec: PodSpec | undefined): string | undefined {
  if (spec?.nodeName) return spec.nodeName;
  const terms =
    spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const field = terms?.[0]?.matchFields?.find(({ key, operator }) => key === nameField && operator === 'In');
  return field?.values?.[0];
}

/** The pod's spec, bound to one node by affinity: the scheduler still decides when. */
export function withTargetNode(spec: PodSpec, node: string): PodSpec {
  const matchFields = [{ key: nameField, operator: 'In', values: [node] }];
  return {
    ...spec,
    affinity: {
      ...spec.affinity,
      nodeAffinity: {
        ...spec.affinity?.nodeAffinity,
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
      },
    },
  };
}
