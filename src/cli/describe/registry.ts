import {
  configMapDescriber,
  namespaceDescriber,
  persistentVolumeClaimDescriber,
  persistentVolumeDescriber,
  secretDescriber,
  serviceAccountDescriber,
} from './config.ts';
import type { KindDescriber } from './describer.ts';
import { genericDescriber } from './generic.ts';
import { cronJobDescriber, jobDescriber } from './jobs.ts';
import { endpointsDescriber, endpointSliceDescriber, ingressDescriber, serviceDescriber } from './network.ts';
import { nodeDescriber } from './node.ts';
import { podDescriber } from './pod.ts';
import { priorityClassDescriber, resourceQuotaDescriber } from './policy.ts';
import {
  clusterRoleBindingDescriber,
  clusterRoleDescriber,
  roleBindingDescriber,
  roleDescriber,
} from './rbac.ts';
import {
  daemonSetDescriber,
  deploymentDescriber,
  replicaSetDescriber,
  replicationControllerDescriber,
  statefulSetDescriber,
} from './workloads.ts';

/** Every describer, sorted by name. */
const describers: readonly KindDescriber[] = [
  clusterRoleBindingDescriber,
  clusterRoleDescriber,
  configMapDescriber,
  cronJobDescriber,
  daemonSetDescriber,
  deploymentDescriber,
  endpointSliceDescriber,
  endpointsDescriber,
  ingressDescriber,
  jobDescriber,
  namespaceDescriber,
  nodeDescriber,
  persistentVolumeClaimDescriber,
  persistentVolumeDescriber,
  podDescriber,
  priorityClassDescriber,
  replicaSetDescriber,
  replicationControllerDescriber,
  resourceQuotaDescriber,
  roleBindingDescriber,
  roleDescriber,
  secretDescriber,
  serviceAccountDescriber,
  serviceDescriber,
  statefulSetDescriber,
];

/** The describer of a kind. */
export function describerOf(group: string, kind: string): KindDescriber {
  return (
    describers.find(describer => describer.group === group && describer.kind === kind) ??
    genericDescriber(group, kind)
  );
}
