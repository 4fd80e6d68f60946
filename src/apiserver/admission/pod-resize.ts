import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import { parseAmounts, podTotals } from '#api/pod-totals.ts';
import { Quantity } from '#machinery/quantity.ts';
import { StatusError } from '#machinery/status.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import { forbidden } from './denial.ts';
import type { AdmissionPlugin } from './plugin.ts';
import type { AdmissionRequest } from './request.ts';

const none = Quantity.parse('0');
const osLabel = 'kubernetes.io/os';

/** A resize for a pod on a node asks for no more than the node has to give at all (KEP-1287). */
export function podResize(nodes: ResourceCache): AdmissionPlugin {
  return {
    name: 'PodResizeValidator',
    concerns: ({ served, operation, subresource }) =>
      served.bucket === 'core/pods' && operation === 'UPDATE' && subresource === 'resize',
    validate(request) {
      const pod = request.object as Pod;
      if (!pod.spec?.nodeName || pod.metadata.generation === request.old!.metadata.generation) return;
      const { nodeName } = pod.spec;
      const node = nodes.get(nodeName)?.object as Node | undefined;
      if (!node) throw forbidden(request, `node ${JSON.stringify(nodeName)} not found`);
      const os = node.metadata.labels?.[osLabel];
      if (os !== undefined && os !== 'linux') {
        const [name, kind] = [nodeName, os].map(text => JSON.stringify(text));
        const why = `pod resize is only supported on linux nodes, node ${name} is ${kind}`;
        throw rejected(request, why, 'UnsupportedPlatform');
      }
      const short = shortOf(pod, node);
      if (short.length === 0) return;
      const why = `node didn't have enough allocatable resources: ${short.join('; ')}`;
      throw rejected(request, why, 'NodeCapacity');
    },
  };
}

function shortOf(pod: Pod, node: Node): string[] {
  const wanted = podTotals(pod, 'requests');
  const allocatable = parseAmounts(node.status?.allocatable);
  const short = (name: string, amount: (quantity: Quantity) => number) => {
    const [asked, there] = [wanted.get(name) ?? none, allocatable.get(name) ?? none];
    if (asked.compare(there) <= 0) return [];
    return [`${name}, requested: ${amount(asked)}, allocatable: ${amount(there)}`];
  };
  return [
    ...short('cpu', quantity => quantity.milliValue()),
    ...short('memory', quantity => quantity.value()),
  ];
}

function rejected(request: AdmissionRequest, why: string, reason: string): StatusError {
  const { status } = forbidden(request, why);
  return new StatusError({ ...status, details: { ...status.details, causes: [{ reason }] } });
}
