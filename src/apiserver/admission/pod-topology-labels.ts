import type { Binding, Pod } from '#api/generated/types/core.v1.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import type { AdmissionPlugin } from './plugin.ts';

const labels = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone'];

/** The node that a binding or a new pod names. */
function nodeOf(subresource: string, object: KubeObject): string | undefined {
  if (subresource === '') return (object as Pod).spec?.nodeName;
  const target = subresource === 'binding' ? (object as Binding).target : undefined;
  return target?.kind === 'Node' ? target.name : undefined;
}

/** A pod that is bound to a node carries the node's zone and region (KEP-4742). */
export function podTopologyLabels(nodes: ResourceCache): AdmissionPlugin {
  return {
    name: 'PodTopologyLabels',
    concerns: ({ served, operation }) => served.bucket === 'core/pods' && operation === 'CREATE',
    mutate({ subresource, object }) {
      if (!object) return;
      const nodeName = nodeOf(subresource, object);
      const known = nodeName ? (nodes.get(nodeName)?.object.metadata.labels ?? {}) : {};
      const copied = labels.filter(label => known[label] !== undefined);
      if (copied.length === 0) return;
      const topology = Object.fromEntries(copied.map(label => [label, known[label]!]));
      object.metadata.labels = { ...object.metadata.labels, ...topology };
    },
  };
}
