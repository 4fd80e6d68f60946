import { age, ageColumn, column, nameColumn } from '../../columns.ts';
import type { Column } from '../../definition.ts';
import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from '../../generated/types/autoscaling.v2.ts';

export const autoscalerColumns: readonly Column[] = [
  nameColumn,
  column('Reference'),
  column('Targets'),
  column('MinPods'),
  column('MaxPods'),
  column('Replicas'),
  ageColumn,
];

const shownMax = 2;
const unknown = '<unknown>';

/** What Go writes of a quantity that is none. */
const none = '<nil>';

function percent(utilization: number | undefined): string | undefined {
  return utilization === undefined ? undefined : `${utilization}%`;
}

function averageText(current: MetricValueStatus | undefined): string {
  return current ? (current.averageValue ?? none) : unknown;
}

function objectText(target: MetricTarget, current: MetricValueStatus | undefined): string {
  if (target.averageValue !== undefined) {
    return `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`;
  }
  return `${current ? (current.value ?? none) : unknown}/${target.value ?? none}`;
}

function resourceText(name: string, target: MetricTarget, current: MetricValueStatus | undefined): string {
  if (target.averageValue !== undefined) {
    return `${name}: ${averageText(current)}/${target.averageValue}`;
  }
  const shown = percent(current?.averageUtilization) ?? unknown;
  return `${name}: ${shown}/${percent(target.averageUtilization) ?? '<auto>'}`;
}

function metricText(spec: MetricSpec, status: MetricStatus | undefined): string {
  const { external, pods, object, resource, containerResource } = spec;
  if (spec.type === 'External' && external) return objectText(external.target, status?.external?.current);
  if (spec.type === 'Pods' && pods) {
    return `${averageText(status?.pods?.current)}/${pods.target.averageValue ?? none}`;
  }
  if (spec.type === 'Object' && object) return objectText(object.target, status?.object?.current);
  if (spec.type === 'Resource' && resource) {
    return resourceText(resource.name, resource.target, status?.resource?.current);
  }
  if (spec.type === 'ContainerResource' && containerResource) {
    const current = status?.containerResource?.current;
    return resourceText(containerResource.name, containerResource.target, current);
  }
  return '<unknown type>';
}

function metricsText(object: HorizontalPodAutoscaler): string {
  const specs = object.spec?.metrics ?? [];
  const statuses = object.status?.currentMetrics ?? [];
  if (specs.length === 0) return '<none>';
  const shown = specs
    .slice(0, shownMax)
    .map((spec, i) => metricText(spec, statuses[i]))
    .join(', ');
  return specs.length > shownMax ? `${shown} + ${specs.length - shownMax} more...` : shown;
}

export function autoscalerRow(object: HorizontalPodAutoscaler, nowMs: number): unknown[] {
  const { spec, status } = object;
  return [
    object.metadata.name,
    `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`,
    metricsText(object),
    spec?.minReplicas === undefined ? '<unset>' : String(spec.minReplicas),
    spec?.maxReplicas ?? 0,
    status?.currentReplicas ?? 0,
    age(object, nowMs),
  ];
}
