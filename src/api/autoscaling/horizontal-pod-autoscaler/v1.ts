import { sortMembers } from '#machinery/member-order.ts';
import type { KubeObject } from '#machinery/object.ts';
import type * as v1 from '../../generated/types/autoscaling.v1.ts';
import { asInternal, jsonNameOf } from '../../internal-type.ts';
import { metricFromV1, metricToV1, statusFromV1, statusToV1 } from './v1-metrics.ts';
import type * as v2 from '../../generated/types/autoscaling.v2.ts';

type Loose = Readonly<Record<string, unknown>>;

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

/** What an annotation says, all of which go; undefined where it says nothing that can be read. */
function readAnnotation<T>(given: Readonly<Record<string, string>>, name: string): T | undefined {
  const text = given[name];
  if (text === undefined) return undefined;
  try {
    return (JSON.parse(text) as T) ?? undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function readList<T>(given: Readonly<Record<string, string>>, name: string): T[] | undefined {
  const list = readAnnotation<T[]>(given, name);
  return Array.isArray(list) ? list : undefined;
}

function dropAnnotations({ metadata }: Partial<KubeObject>): void {
  if (!metadata?.annotations) return;
  const own: readonly string[] = Object.values(annotations);
  const rest = Object.entries(metadata.annotations).filter(([name]) => !own.includes(name));
  if (rest.length > 0) metadata.annotations = Object.fromEntries(rest);
  else delete metadata.annotations;
}

/** Adds what is said of `told`, in Go's order. */
function putAnnotations(object: KubeObject, told: Readonly<Record<string, unknown>>): void {
  const said = Object.entries(told).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  if (said.length === 0) return;
  const {
    annotations: own = {},
    ownerReferences,
    finalizers,
    managedFields,
    ...metadata
  } = object.metadata ?? {};
  const all = { ...own, ...Object.fromEntries(said.map(([name, value]) => [name, JSON.stringify(value)])) };
  object.metadata = {
    ...metadata,
    annotations: sortMembers(all),
    ...(ownerReferences ? { ownerReferences } : {}),
    ...(finalizers ? { finalizers } : {}),
    ...(managedFields ? { managedFields } : {}),
  };
}

/** The rules as they are in v2, from what is written with Go's names. */
function behaviorOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(behaviorOf);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [jsonNameOf(name), behaviorOf(member)]));
}

/** From autoscaling/v1 to v2, in place. */
export function fromV1(object: KubeObject): void {
  const old = structuredClone(object) as v1.HorizontalPodAutoscaler;
  const now = object as v2.HorizontalPodAutoscaler;
  // What is applied converts in parts, of which some have no metadata.
  const given = old.metadata?.annotations ?? {};
  dropAnnotations(object);
  const { targetCPUUtilizationPercentage: cpu, ...spec } = old.spec ?? {
    scaleTargetRef: { kind: '', name: '' },
    maxReplicas: 0,
  };
  const metrics = (readList<Loose>(given, annotations.metrics) ?? []).map(
    metricFromV1,
  ) as never as v2.MetricSpec[];
  if (cpu !== undefined) {
    const target = { type: 'Utilization', averageUtilization: cpu };
    metrics.push({ type: 'Resource', resource: { name: 'cpu', target } });
  }
  const behavior = behaviorOf(readAnnotation(given, annotations.behavior)) as
    | v2.HorizontalPodAutoscalerBehavior
    | undefined;
  now.spec = { ...spec, ...(metrics.length > 0 ? { metrics } : {}), ...(behavior ? { behavior } : {}) };
  const conditions = readList<v2.HorizontalPodAutoscalerCondition>(given, annotations.conditions);
  const told = readList<Loose>(given, annotations.currentMetrics);
  if (!old.status && !told && !conditions) return;
  const { currentCPUUtilizationPercentage: use, ...status } = old.status ?? {
    currentReplicas: 0,
    desiredReplicas: 0,
  };
  // What the annotation tells of the metrics is all of it.
  const current = told?.map(statusFromV1) as never as v2.MetricStatus[] | undefined;
  const cpuUse = { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: use! } } };
  const currentMetrics = current ?? (use === undefined ? undefined : [cpuUse]);
  now.status = {
    ...status,
    // Of v2, JSON shows it at all times.
    currentMetrics: currentMetrics ?? (null as never),
    ...(conditions ? { conditions } : {}),
  };
}

/** From v2 to autoscaling/v1, in place. */
export function toV1(object: KubeObject): void {
  const old = structuredClone(object) as v2.HorizontalPodAutoscaler;
  const now = object as unknown as v1.HorizontalPodAutoscaler;
  dropAnnotations(object);
  putAnnotations(object, { ...(old.spec ? specToV1(old.spec, now) : {}), ...statusOf(old, now) });
}

/** Sets the spec; answers what else there is to say of it. */
function specToV1(
  { metrics, behavior, ...spec }: v2.HorizontalPodAutoscalerSpec,
  now: v1.HorizontalPodAutoscaler,
): Loose {
  const target = metrics?.find(isPlainCpu)?.resource?.target.averageUtilization;
  now.spec = { ...spec, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) };
  const others = (metrics ?? []).filter(metric => !isPlainCpu(metric));
  // Upstream writes the internal type here.
  const shown = asInternal('autoscaling.HorizontalPodAutoscalerBehavior', behavior);
  return {
    [annotations.metrics]: others.map(metric => metricToV1({ ...metric })),
    [annotations.behavior]: shown ?? undefined,
  };
}

/** The same of the status. */
function statusOf({ status: old }: v2.HorizontalPodAutoscaler, now: v1.HorizontalPodAutoscaler): Loose {
  if (!old) return {};
  const { currentMetrics, conditions, currentReplicas = 0, desiredReplicas, ...status } = old;
  const use = currentMetrics
    ?.filter(isCpuUse)
    .findLast(({ resource }) => resource?.current.averageUtilization !== undefined);
  now.status = {
    ...status,
    currentReplicas,
    desiredReplicas,
    ...(use ? { currentCPUUtilizationPercentage: use.resource!.current.averageUtilization! } : {}),
  };
  return {
    [annotations.currentMetrics]: (currentMetrics ?? []).map(metric => statusToV1({ ...metric })),
    [annotations.conditions]: conditions,
  };
}
