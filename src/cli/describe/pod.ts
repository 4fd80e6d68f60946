import type { Pod } from '#api/generated/types/core.v1.ts';
import { getPath } from '#machinery/path.ts';
import { describeContainers, describeResources } from './containers.ts';
import { controllerText, defineDescriber } from './describer.ts';
import { describeSpread, describeTolerations } from './pod-template.ts';
import { type DescriptionText, longTime, since } from './text.ts';
import { describeVolumes } from './volumes.ts';

export const podDescriber = defineDescriber<Pod>('', 'Pod', (text, pod, { nowMs }) => {
  describeHead(text, pod, nowMs);
  const { spec, status } = pod;
  const resolve = (path: string) => fieldText(pod, path);
  if (spec?.resources) {
    text.line(0, 'Resources:');
    describeResources(text, spec.resources, 1);
  }
  if (spec?.initContainers?.length)
    describeContainers(
      text,
      'Init Containers',
      spec.initContainers,
      status?.initContainerStatuses,
      resolve,
      '',
    );
  describeContainers(text, 'Containers', spec?.containers ?? [], status?.containerStatuses, resolve, '');
  if (spec?.ephemeralContainers?.length)
    describeContainers(
      text,
      'Ephemeral Containers',
      spec.ephemeralContainers,
      status?.ephemeralContainerStatuses,
      resolve,
      '',
    );
  describeConditions(text, pod);
  describeVolumes(text, spec?.volumes, '');
  text.field(0, 'QoS Class', status?.qosClass ?? 'BestEffort');
  text.pairs('Node-Selectors', spec?.nodeSelector);
  describeTolerations(text, spec?.tolerations, '');
  describeSpread(text, spec?.topologySpreadConstraints, '');
});

function describeHead(text: DescriptionText, pod: Pod, nowMs: number): void {
  const { metadata, spec, status } = pod;
  text.field(0, 'Name', metadata.name).field(0, 'Namespace', metadata.namespace);
  if (spec?.priority !== undefined) text.field(0, 'Priority', spec.priority);
  if (spec?.priorityClassName) text.field(0, 'Priority Class Name', spec.priorityClassName);
  if (spec?.runtimeClassName) text.field(0, 'Runtime Class Name', spec.runtimeClassName);
  if (spec?.serviceAccountName) text.field(0, 'Service Account', spec.serviceAccountName);
  text.field(0, 'Node', spec?.nodeName ? `${spec.nodeName}/${status?.hostIP ?? ''}` : '<none>');
  if (status?.startTime) text.field(0, 'Start Time', longTime(status.startTime));
  text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
  const ended = status?.phase === 'Failed' || status?.phase === 'Succeeded';
  if (metadata.deletionTimestamp && !ended)
    text
      .field(0, 'Status', `Terminating (lasts ${since(metadata.deletionTimestamp, nowMs)})`)
      .field(0, 'Termination Grace Period', `${metadata.deletionGracePeriodSeconds ?? 0}s`);
  else text.field(0, 'Status', status?.phase);
  if (status?.reason) text.field(0, 'Reason', status.reason);
  if (status?.message) text.field(0, 'Message', status.message);
  const seccomp = spec?.securityContext?.seccompProfile;
  if (seccomp) {
    text.field(0, 'SeccompProfile', seccomp.type);
    if (seccomp.type === 'Localhost') text.field(0, 'LocalhostProfile', seccomp.localhostProfile);
  }
  text.field(0, 'IP', status?.podIP);
  if (!status?.podIPs?.length) text.field(0, 'IPs', '<none>');
  else {
    text.line(0, 'IPs:');
    for (const { ip } of status.podIPs) text.field(1, 'IP', ip);
  }
  if (controllerText(pod)) text.field(0, 'Controlled By', controllerText(pod));
  if (status?.nominatedNodeName) text.field(0, 'NominatedNodeName', status.nominatedNodeName);
}

function describeConditions(text: DescriptionText, { spec, status }: Pod): void {
  const conditions = status?.conditions ?? [];
  if (spec?.readinessGates?.length) {
    text.line(0, 'Readiness Gates:').line(1, 'Type\tStatus');
    for (const { conditionType } of spec.readinessGates) {
      const found = conditions.find(({ type }) => type === conditionType);
      text.line(1, `${conditionType} \t${found?.status ?? '<none>'} `);
    }
  }
  if (conditions.length === 0) return;
  text.line(0, 'Conditions:').line(1, 'Type\tStatus');
  for (const condition of conditions) text.line(1, `${condition.type} \t${condition.status} `);
}

/** What the downward API would give for a field. */
function fieldText(pod: Pod, path: string): string {
  const subscript = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/.exec(path);
  if (subscript)
    return (getPath(pod, subscript[1]!) as Record<string, string> | undefined)?.[subscript[2]!] ?? '';
  const value = getPath(pod, path);
  return typeof value === 'object' ? '' : String(value ?? '');
}
