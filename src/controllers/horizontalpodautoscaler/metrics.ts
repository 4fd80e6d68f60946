/** One metric of an autoscaler's spec: the replicas that it calls for, and what its status says. */
import type {
  HorizontalPodAutoscaler,
  MetricIdentifier,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from '#api/generated/types/autoscaling.v2.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { LabelSelector } from '#api/generated/types/meta.v1.ts';
import { quantityMilliValue } from '#machinery/quantity.ts';
import { parseSelectorObject } from '#machinery/selectors.ts';
import type { MetricsClient } from './metrics-client.ts';
import { milliText, podRequests } from './pod-groups.ts';
import {
  averageReplicas,
  type Replicas,
  sharedReplicas,
  type Tolerances,
  utilizationReplicas,
  valueReplicas,
} from './replicas.ts';

export interface Proposal {
  readonly replicas: number;
  /** The metric, as events and conditions name it. */
  readonly name: string;
  readonly status: MetricStatus;
}

/** A metric that nothing could be computed from. `detail` is what its event and condition say. */
export class MetricFailure extends Error {
  readonly reason: string;
  readonly detail: string;

  constructor(reason: string, detail: string, message: string) {
    super(message);
    this.reason = reason;
    this.detail = detail;
  }
}

/** What all metrics of one run are computed from. */
export interface Scene {
  readonly client: MetricsClient;
  readonly autoscaler: HorizontalPodAutoscaler;
  /** The target's selector. */
  readonly selector: string;
  readonly pods: readonly Pod[];
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly tolerances: Tolerances;
  readonly nowMs: number;
}

/** Rejects with MetricFailure. */
export async function propose(scene: Scene, spec: MetricSpec): Promise<Proposal> {
  const { type, object, pods, resource, containerResource, external } = spec;
  if (type === 'Object' && object) return forObject(scene, object);
  if (type === 'Pods' && pods) return forPods(scene, pods);
  if (type === 'Resource' && resource) return forResource(scene, resource);
  if (type === 'ContainerResource' && containerResource) return forContainer(scene, containerResource);
  if (type === 'External' && external) return forExternal(scene, external);
  const text = `unknown metric source type ${JSON.stringify(type)}`;
  throw new MetricFailure('InvalidMetricSourceType', text, text);
}

/** Runs `compute`; `wrap` makes the run's error from what went wrong, where that says more than the event. */
async function attempt<R>(
  reason: string,
  wrap: (detail: string) => string,
  compute: () => Promise<R>,
): Promise<R> {
  try {
    return await compute();
  } catch (error) {
    const detail = (error as Error).message;
    throw new MetricFailure(reason, detail, wrap(detail));
  }
}

async function forObject(scene: Scene, source: NonNullable<MetricSpec['object']>): Promise<Proposal> {
  const { metric, target, describedObject } = source;
  const shared = target.type === 'AverageValue' && target.averageValue !== undefined;
  const outer = (detail: string) => `failed to get object metric value: ${detail}`;
  const wrap = (detail: string) =>
    outer(shared ? `failed to get ${metric.name} object metric: ${detail}` : detail);
  return attempt('FailedGetObjectMetric', wrap, async () => {
    const selector = selectorText(metric.selector);
    const read = () => scene.client.object(metric.name, namespaceOf(scene), describedObject, selector);
    const about = `${metric.name}: %s on ${describedObject.kind} ${namespaceOf(scene)}/${describedObject.name}`;
    const value = await failingWith(
      read,
      detail => `unable to get metric ${about.replace('%s', () => detail)}`,
    );
    const computed = oneValue(scene, target, value, 'object');
    return {
      replicas: computed.replicas,
      name: shared ? externalName(metric) : `${describedObject.kind} metric ${metric.name}`,
      status: { type: 'Object', object: { describedObject, metric, current: computed.current } },
    };
  });
}

async function forPods(scene: Scene, source: NonNullable<MetricSpec['pods']>): Promise<Proposal> {
  const { metric, target } = source;
  const wrap = (detail: string) => `failed to get pods metric value: ${detail}`;
  return attempt('FailedGetPodsMetric', wrap, async () => {
    const selector = selectorText(metric.selector);
    const read = () => scene.client.pods(metric.name, namespaceOf(scene), scene.selector, selector);
    const values = await failingWith(read, detail => `unable to get metric ${metric.name}: ${detail}`);
    const goal = quantityMilliValue(target.averageValue!);
    const { replicas, usage } = averageReplicas(scene.pods, values, {
      ...podOptions(scene, ''),
      target: goal,
    });
    const current = { averageValue: milliText(usage) };
    return {
      replicas,
      name: `pods metric ${metric.name}`,
      status: { type: 'Pods', pods: { metric, current } },
    };
  });
}

async function forResource(scene: Scene, source: NonNullable<MetricSpec['resource']>): Promise<Proposal> {
  const { name, target } = source;
  const wrap = (detail: string) => `failed to get ${name} resource metric value: ${detail}`;
  const compute = () => ofResource(scene, name, target, '');
  const computed = await attempt('FailedGetResourceMetric', wrap, compute);
  const kind = target.averageValue === undefined ? ' utilization (percentage of request)' : '';
  return {
    replicas: computed.replicas,
    name: `${name} resource${kind}`,
    status: { type: 'Resource', resource: { name, current: currentOf(computed) } },
  };
}

async function forContainer(
  scene: Scene,
  source: NonNullable<MetricSpec['containerResource']>,
): Promise<Proposal> {
  const { name, container, target } = source;
  const wrap = (detail: string) => `failed to get ${container} container metric value: ${detail}`;
  const compute = () => ofResource(scene, name, target, container);
  const computed = await attempt('FailedGetContainerResourceMetric', wrap, compute);
  const kind =
    target.averageValue === undefined
      ? ' container resource utilization (percentage of request)'
      : ' resource';
  return {
    replicas: computed.replicas,
    name: `${name}${kind}`,
    status: {
      type: 'ContainerResource',
      containerResource: { name, container, current: currentOf(computed) },
    },
  };
}

async function forExternal(scene: Scene, source: NonNullable<MetricSpec['external']>): Promise<Proposal> {
  const { metric, target } = source;
  const text =
    target.averageValue === undefined ? `external metric ${metric.name}` : `${metric.name} external metric`;
  const wrap = (detail: string) =>
    `failed to get ${metric.name} external metric value: failed to get ${text}: ${detail}`;
  return attempt('FailedGetExternalMetric', wrap, async () => {
    const selector = selectorText(metric.selector);
    const read = () => scene.client.external(metric.name, namespaceOf(scene), selector);
    const place = `${namespaceOf(scene)}/${metric.name}/${goText(metric.selector)}`;
    const value = await failingWith(read, detail => `unable to get external metric ${place}: ${detail}`);
    const { replicas, current } = oneValue(scene, target, value, 'external');
    return {
      replicas,
      name: externalName(metric),
      status: { type: 'External', external: { metric, current } },
    };
  });
}

/** Utilization, or an average, of what pods use of cpu, memory, …. */
async function ofResource(
  scene: Scene,
  resource: string,
  target: MetricTarget,
  container: string,
): Promise<Replicas> {
  const { averageValue, averageUtilization } = target;
  if (averageValue === undefined && averageUtilization === undefined) {
    const missing = 'neither an average utilization target nor an average value (usage) target was set';
    throw new Error(`invalid resource metric source: ${missing}`);
  }
  const what = averageValue === undefined ? 'utilization' : 'usage';
  const compute = async () => {
    const read = () => scene.client.resource(resource, namespaceOf(scene), scene.selector, container);
    const uses = await failingWith(
      read,
      detail => `unable to get metrics for resource ${resource}: ${detail}`,
    );
    const options = podOptions(scene, resource);
    if (averageValue !== undefined) {
      return averageReplicas(scene.pods, uses, { ...options, target: quantityMilliValue(averageValue) });
    }
    const requests = podRequests(scene.pods, resource, container);
    return utilizationReplicas(scene.pods, uses, { ...options, requests, target: averageUtilization! });
  };
  return failingWith(compute, detail => `failed to get ${resource} ${what}: ${detail}`);
}

function podOptions({ specReplicas, tolerances, nowMs }: Scene, resource: string) {
  return { current: specReplicas, tolerances, nowMs, resource };
}

/** The replicas and the status for one value, held against either kind of target. */
function oneValue(
  { pods, specReplicas, statusReplicas, tolerances }: Scene,
  { value: whole, averageValue }: MetricTarget,
  value: number,
  source: string,
): { replicas: number; current: MetricValueStatus } {
  if (averageValue !== undefined) {
    const target = quantityMilliValue(averageValue);
    const { replicas, usage } = sharedReplicas(value, { target, current: statusReplicas, tolerances });
    return { replicas, current: { averageValue: milliText(usage) } };
  }
  if (whole === undefined) {
    const missing = 'neither a value target nor an average value target was set';
    throw new Error(`invalid ${source} metric source: ${missing}`);
  }
  const target = quantityMilliValue(whole);
  const { replicas, usage } = valueReplicas(pods, value, { target, current: specReplicas, tolerances });
  return { replicas, current: { value: milliText(usage) } };
}

function currentOf({ usage, utilization }: Replicas): MetricValueStatus {
  return {
    averageValue: milliText(usage),
    ...(utilization === undefined ? {} : { averageUtilization: utilization }),
  };
}

async function failingWith<R>(compute: () => Promise<R>, text: (detail: string) => string): Promise<R> {
  try {
    return await compute();
  } catch (error) {
    throw new Error(text((error as Error).message));
  }
}

function namespaceOf({ autoscaler }: Scene): string {
  return autoscaler.metadata.namespace!;
}

function externalName({ name, selector }: MetricIdentifier): string {
  return `external metric ${name}(${goText(selector)})`;
}

/** A metric without a selector has every label. */
function selectorText(selector: LabelSelector | undefined): string {
  return selector ? parseSelectorObject(selector).toString() : '';
}

/** A selector as Go prints it, for that is what upstream's events say. */
function goText(selector: LabelSelector | undefined): string {
  if (!selector) return 'nil';
  const labels = Object.entries(selector.matchLabels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`);
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],}`,
  );
  const list = expressions.map(text => `${text},`).join('');
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${list}},}`;
}
