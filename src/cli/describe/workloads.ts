import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '#api/generated/types/apps.v1.ts';
import type { ReplicationController } from '#api/generated/types/core.v1.ts';
import { controllerOf } from '#machinery/object.ts';
import { canonicalQuantity } from '#machinery/quantity.ts';
import { formatLabelSelector, parseSelectorObject } from '#machinery/selectors.ts';
import { sameJson } from '../core/merge.ts';
import { labelsText } from '../print/table.ts';
import { controllerText, defineDescriber, podCounts } from './describer.ts';
import { addPodTemplate } from './pod-template.ts';
import { type DescriptionText, longTime, shown } from './text.ts';

export const deploymentDescriber = defineDescriber<Deployment>(
  'apps',
  'Deployment',
  async (text, object, world) => {
    const { metadata, spec, status } = object;
    text.field(0, 'Name', metadata.name).field(0, 'Namespace', metadata.namespace);
    text.field(0, 'CreationTimestamp', longTime(metadata.creationTimestamp));
    text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
    text.field(0, 'Selector', parseSelectorObject(spec?.selector));
    text.field(
      0,
      'Replicas',
      `${spec?.replicas ?? 1} desired | ${status?.updatedReplicas ?? 0} updated | ${status?.replicas ?? 0} total | ${status?.availableReplicas ?? 0} available | ${status?.unavailableReplicas ?? 0} unavailable`,
    );
    text
      .field(0, 'StrategyType', spec?.strategy?.type)
      .field(0, 'MinReadySeconds', spec?.minReadySeconds ?? 0);
    const rolling = spec?.strategy?.rollingUpdate;
    if (rolling)
      text.field(
        0,
        'RollingUpdateStrategy',
        `${rolling.maxUnavailable ?? 0} max unavailable, ${rolling.maxSurge ?? 0} max surge`,
      );
    addPodTemplate(text, spec?.template);
    describeConditions(text, status?.conditions);
    const labelSelector = parseSelectorObject(spec?.selector).toString();
    const sets = (await world.list('replicasets.apps', world.namespace, { labelSelector })) as ReplicaSet[];
    const owned = sets.filter(set => controllerOf(set)?.uid === metadata.uid);
    const current = owned.find(set => sameJson(templateOf(set), templateOf(object)));
    // A set without pods is history, not a part of the rollout.
    const old = owned.filter(set => set !== current);
    text.field(0, 'OldReplicaSets', setsText(old));
    text.field(0, 'NewReplicaSet', setsText(current ? [current] : []));
  },
);

function templateOf({ spec }: ReplicaSet | Deployment): unknown {
  const { 'pod-template-hash': _, ...labels } = spec?.template?.metadata?.labels ?? {};
  return { ...spec?.template, metadata: { ...spec?.template?.metadata, labels } };
}

function setsText(sets: readonly ReplicaSet[]): string {
  const texts = sets.map(
    set => `${set.metadata.name} (${set.status?.replicas ?? 0}/${set.spec?.replicas ?? 0} replicas created)`,
  );
  return texts.join(', ') || '<none>';
}

function describeConditions(
  text: DescriptionText,
  conditions: readonly { type: string; status: string; reason?: string }[] | undefined,
): void {
  if (!conditions?.length) return;
  text.line(0, 'Conditions:').line(1, 'Type\tStatus\tReason').line(1, '----\t------\t------');
  for (const { type, status, reason } of conditions) text.line(1, `${type} \t${status}\t${reason ?? ''}`);
}

export const replicaSetDescriber = defineDescriber<ReplicaSet>(
  'apps',
  'ReplicaSet',
  async (text, object, world) => {
    const { metadata, spec, status } = object;
    text.field(0, 'Name', metadata.name).field(0, 'Namespace', metadata.namespace);
    text.field(0, 'Selector', formatLabelSelector(spec?.selector));
    text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
    if (controllerText(object)) text.field(0, 'Controlled By', controllerText(object));
    text.field(0, 'Replicas', `${status?.replicas ?? 0} current / ${spec?.replicas ?? 1} desired`);
    text.field(0, 'Pods Status', await podCounts(world, object, spec?.selector));
    addPodTemplate(text, spec?.template);
    describeConditions(text, status?.conditions);
  },
);

export const replicationControllerDescriber = defineDescriber<ReplicationController>(
  '',
  'ReplicationController',
  async (text, object, world) => {
    const { metadata, spec, status } = object;
    text.field(0, 'Name', metadata.name).field(0, 'Namespace', metadata.namespace);
    text.field(0, 'Selector', labelsText(spec?.selector));
    text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
    text.field(0, 'Replicas', `${status?.replicas ?? 0} current / ${spec?.replicas ?? 1} desired`);
    text.field(0, 'Pods Status', await podCounts(world, object, { matchLabels: spec?.selector }));
    addPodTemplate(text, spec?.template);
    describeConditions(text, status?.conditions);
  },
);

export const statefulSetDescriber = defineDescriber<StatefulSet>(
  'apps',
  'StatefulSet',
  async (text, object, world) => {
    const { metadata, spec, status } = object;
    text.field(0, 'Name', metadata.name).field(0, 'Namespace', metadata.namespace);
    text.field(0, 'CreationTimestamp', longTime(metadata.creationTimestamp));
    text.field(0, 'Selector', parseSelectorObject(spec?.selector));
    text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
    text.field(0, 'Replicas', `${spec?.replicas ?? 1} desired | ${status?.replicas ?? 0} total`);
    text.field(0, 'Update Strategy', spec?.updateStrategy?.type);
    const partition = spec?.updateStrategy?.rollingUpdate?.partition;
    if (partition !== undefined) text.field(1, 'Partition', partition);
    text.field(0, 'Pods Status', await podCounts(world, object, spec?.selector));
    addPodTemplate(text, spec?.template);
    const claims = spec?.volumeClaimTemplates ?? [];
    text.line(0, `Volume Claims:${claims.length === 0 ? '\t<none>' : ''}`);
    for (const claim of claims) {
      text
        .field(1, 'Name', claim.metadata?.name)
        .field(1, 'StorageClass', claim.spec?.storageClassName ?? '');
      text
        .pairs('Labels', claim.metadata?.labels, '  ')
        .pairs('Annotations', claim.metadata?.annotations, '  ');
      const capacity = claim.spec?.resources?.requests?.storage;
      text.field(1, 'Capacity', capacity === undefined ? '<default>' : canonicalQuantity(capacity));
      text.field(1, 'Access Modes', shown(claim.spec?.accessModes ?? []));
    }
  },
);

export const daemonSetDescriber = defineDescriber<DaemonSet>(
  'apps',
  'DaemonSet',
  async (text, object, world) => {
    const { metadata, spec, status } = object;
    text.field(0, 'Name', metadata.name).field(0, 'Namespace', metadata.namespace);
    text.field(0, 'Selector', parseSelectorObject(spec?.selector));
    text.field(0, 'Node-Selector', labelsText(spec?.template?.spec?.nodeSelector));
    text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
    text.line(0, `Desired Number of Nodes Scheduled: ${status?.desiredNumberScheduled ?? 0}`);
    text.line(0, `Current Number of Nodes Scheduled: ${status?.currentNumberScheduled ?? 0}`);
    text.line(0, `Number of Nodes Scheduled with Up-to-date Pods: ${status?.updatedNumberScheduled ?? 0}`);
    text.line(0, `Number of Nodes Scheduled with Available Pods: ${status?.numberAvailable ?? 0}`);
    text.line(0, `Number of Nodes Misscheduled: ${status?.numberMisscheduled ?? 0}`);
    text.field(0, 'Pods Status', await podCounts(world, object, spec?.selector));
    addPodTemplate(text, spec?.template);
  },
);
