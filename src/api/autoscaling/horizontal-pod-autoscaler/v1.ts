import type { KubeObject } from '#machinery/object.ts';
import type * as v1 from '../../generated/types/autoscaling.v1.ts';
import type * as v2 from '../../generated/types/autoscaling.v2.ts';

/**
 * autoscaling/v1 knows one metric, the cpu's use; what else the stored v2 object says travels in annotations, so that
 * a client of v1 that writes back what it read loses nothing.
 */
const annotations = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
} as const;

function isCpuUse({ type, resource }: { type: string; resource?: { name: string } }): boolean {
  return type === 'Resource' && resource?.name === 'cpu';
}

function isPlainCpu(metric: v2.MetricSpec): boolean {
  return isCpuUse(metric) && metric.resource?.target.averageUtilization !== undefined;
}

function takeAnnotation<T>(object: KubeObject, name: string): T | undefined {
  const text = object.metadata.annotations?.[name];
  if (text === undefined) return undefined;
  const { [name]: _taken, ...rest } = object.metadata.annotations!;
  if (Object.keys(rest).length > 0) object.metadata.annotations = rest;
  else delete object.metadata.annotations;
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function putAnnotation(object: KubeObject, name: string, value: unknown): void {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return;
  object.metadata.annotations = { ...object.metadata.annotations, [name]: JSON.stringify(value) };
}

/** From autoscaling/v1 to v2, in place. */
export function fromV1(object: KubeObject): void {
  const old = structuredClone(object) as v1.HorizontalPodAutoscaler;
  const now = object as v2.HorizontalPodAutoscaler;
  const { targetCPUUtilizationPercentage: cpu, ...spec } = old.spec ?? {
    scaleTargetRef: { kind: '', name: '' },
    maxReplicas: 0,
  };
  const metrics = takeAnnotation<v2.MetricSpec[]>(object, annotations.metrics) ?? [];
  if (cpu !== undefined) {
    const target = { type: 'Utilization', averageUtilization: cpu };
    metrics.unshift({ type: 'Resource', resource: { name: 'cpu', target } });
  }
  const behavior = takeAnnotation<v2.HorizontalPodAutoscalerBehavior>(object, annotations.behavior);
  now.spec = { ...spec, ...(metrics.length > 0 ? { metrics } : {}), ...(behavior ? { behavior } : {}) };
  const conditions = takeAnnotation<v2.HorizontalPodAutoscalerCondition[]>(object, annotations.conditions);
  const current = takeAnnotation<v2.MetricStatus[]>(object, annotations.currentMetrics) ?? [];
  if (!old.status) return;
  const { currentCPUUtilizationPercentage: use, ...status } = old.status;
  if (use !== undefined && !current.some(isCpuUse)) {
    current.unshift({ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: use } } });
  }
  now.status = {
    ...status,
    ...(current.length > 0 ? { currentMetrics: current } : {}),
    ...(conditions ? { conditions } : {}),
  };
}

/** From v2 to autoscaling/v1, in place. */
export function toV1(object: KubeObject): void {
  const old = structuredClone(object) as v2.HorizontalPodAutoscaler;
  const now = object as unknown as v1.HorizontalPodAutoscaler;
  if (old.spec) {
    const { metrics = [], behavior, ...spec } = old.spec;
    const cpu = metrics.find(isPlainCpu);
    const target = cpu?.resource?.target.averageUtilization;
    now.spec = { ...spec, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) };
    putAnnotation(
      object,
      annotations.metrics,
      metrics.filter(metric => metric !== cpu),
    );
    putAnnotation(object, annotations.behavior, behavior);
  }
  if (!old.status) return;
  const { currentMetrics, conditions, ...status } = old.status;
  const use = currentMetrics?.find(isCpuUse)?.resource?.current.averageUtilization;
  now.status = {
    ...status,
    currentReplicas: status.currentReplicas ?? 0,
    ...(use === undefined ? {} : { currentCPUUtilizationPercentage: use }),
  };
  putAnnotation(object, annotations.currentMetrics, currentMetrics);
  putAnnotation(object, annotations.conditions, conditions);
}
