import type { PodSpec } from '#api/generated/types/core.v1.ts';

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
