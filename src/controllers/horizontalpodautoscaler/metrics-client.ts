import type { CrossVersionObjectReference } from '#api/generated/types/autoscaling.v2.ts';
import type { Client } from '#client/client.ts';
import { parseDuration } from '#machinery/go-values.ts';
import { parseApiVersion } from '#machinery/object.ts';
import { quantityMilliValue } from '#machinery/quantity.ts';
import { hasReason, StatusError } from '#machinery/status.ts';
import { timeMs } from '../shared/time.ts';

/** One pod's use, in thousandths, as an average over the window that ends at `atMs`. */
export interface PodSample {
  readonly value: number;
  readonly atMs: number;
  readonly windowMs: number;
}

/** By the pod's name. */
export type PodMetrics = ReadonlyMap<string, PodSample>;

interface PodMetricsList {
  items?: {
    metadata: { name: string; namespace?: string };
    timestamp?: string;
    window?: string;
    containers?: { name: string; usage?: Record<string, string> }[];
  }[];
}

interface MetricValueList {
  items?: {
    describedObject?: { name?: string };
    timestamp?: string;
    windowSeconds?: number;
    value: string;
  }[];
}

const defaultWindowMs = 60_000;
const customGroup = 'custom.metrics.k8s.io';
const externalGroup = 'external.metrics.k8s.io';
const customVersions = ['v1beta2', 'v1beta1'];

/** The resource of a kind, as 'deployments.apps', for the custom metrics API. */
export type ResourceName = (group: string, kind: string) => Promise<string>;

/** Reads the three metrics APIs, whoever serves them. Values are in thousandths; failures are in upstream's words. */
export class MetricsClient {
  readonly #client: Client;
  readonly #resourceName: ResourceName;

  constructor(client: Client, resourceName: ResourceName) {
    this.#client = client;
    this.#resourceName = resourceName;
  }

  /** The use of cpu, memory, … by pods, or by their container of that name. */
  async resource(
    resource: string,
    namespace: string,
    labelSelector: string,
    container: string,
  ): Promise<PodMetrics> {
    const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`;
    const list = await this.#get<PodMetricsList>('resource', path, 'pods.metrics.k8s.io', { labelSelector });
    const items = listed(list, 'resource');
    const found = new Map<string, PodSample>();
    for (const item of items) {
      const value = container === '' ? podUse(item, resource) : containerUse(item, resource, container);
      if (value === undefined) continue;
      const windowMs = durationMs(item.window);
      found.set(item.metadata.name, { value, atMs: timeMs(item.timestamp), windowMs });
    }
    return found;
  }

  /** A metric of each of the pods that the selector selects. */
  async pods(
    metric: string,
    namespace: string,
    labelSelector: string,
    metricLabelSelector: string,
  ): Promise<PodMetrics> {
    const path = `namespaces/${namespace}/pods/*/${encodeURIComponent(metric)}`;
    const list = await this.#custom(path, `pods`, { labelSelector, metricLabelSelector });
    return new Map(
      listed(list, 'custom').map(({ describedObject, timestamp, windowSeconds, value }) => [
        describedObject?.name ?? '',
        {
          value: quantityMilliValue(value),
          atMs: timeMs(timestamp),
          windowMs: windowSeconds === undefined ? defaultWindowMs : windowSeconds * 1000,
        },
      ]),
    );
  }

  /** A metric of one object of the namespace, or of the namespace itself. */
  async object(
    metric: string,
    namespace: string,
    reference: CrossVersionObjectReference,
    metricLabelSelector: string,
  ): Promise<number> {
    const { group } = parseApiVersion(reference.apiVersion ?? '');
    const isNamespace = reference.kind === 'Namespace' && group === '';
    const resource = isNamespace ? 'metrics' : await this.#resourceName(group, reference.kind);
    const place = isNamespace ? resource : `${resource}/${encodeURIComponent(reference.name)}`;
    const path = `namespaces/${namespace}/${place}/${encodeURIComponent(metric)}`;
    const list = await this.#custom(path, resource, { metricLabelSelector });
    if (list.items?.length !== 1) {
      const text = `the custom metrics API server returned ${list.items?.length ?? 0} results when we asked for exactly one`;
      throw new Error(`unable to fetch metrics from custom metrics API: ${text}`);
    }
    return quantityMilliValue(list.items[0]!.value);
  }

  /** The sum of an external metric's values. */
  async external(metric: string, namespace: string, labelSelector: string): Promise<number> {
    const path = `/apis/${externalGroup}/v1beta1/namespaces/${namespace}/${encodeURIComponent(metric)}`;
    const what = `${metric}.${externalGroup}`;
    const list = await this.#get<MetricValueList>('external', path, what, { labelSelector });
    return listed(list, 'external').reduce((sum, { value }) => sum + quantityMilliValue(value), 0);
  }

  /** By the newest version that is served. */
  async #custom(path: string, what: string, query: Record<string, string>): Promise<MetricValueList> {
    const version = await this.#customVersion();
    if (!version) {
      const text = `no custom metrics API (${customGroup}) registered`;
      throw new Error(`unable to fetch metrics from custom metrics API: ${text}`);
    }
    return this.#get('custom', `/apis/${customGroup}/${version}/${path}`, `${what}.${customGroup}`, query);
  }

  async #customVersion(): Promise<string | undefined> {
    const path = `/apis/${customGroup}`;
    try {
      const { body } = await this.#client.transport.request({ method: 'GET', path });
      const { versions = [] } = body as { versions?: { version: string }[] };
      return customVersions.find(known => versions.some(({ version }) => version === known));
    } catch (error) {
      if (hasReason(error, 'NotFound')) return undefined;
      throw new Error(`unable to fetch metrics from custom metrics API: ${(error as Error).message}`);
    }
  }

  async #get<T>(api: string, path: string, what: string, query: Record<string, string>): Promise<T> {
    try {
      return (await this.#client.transport.request({ method: 'GET', path, query: given(query) })).body as T;
    } catch (error) {
      throw new Error(`unable to fetch metrics from ${api} metrics API: ${failureText(error, what)}`);
    }
  }
}

/** Answers that are not the metrics server's own word: client-go goes by their code, and says what it asked for. */
const plainPattern =
  /^(the server could not find the requested resource|service unavailable|the server answered \d+ to .*)$/s;
const plainTexts: Readonly<Record<number, string>> = {
  404: 'the server could not find the requested resource',
  503: 'the server is currently unable to handle the request',
};

function failureText(error: unknown, what: string): string {
  const { message } = error as Error;
  const isPlain = error instanceof StatusError && plainPattern.test(message);
  const text = isPlain ? plainTexts[error.code] : undefined;
  return text ? `${text} (get ${what})` : message;
}

function given(query: Record<string, string>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, value || undefined]));
}

function listed<T>({ items }: { items?: T[] }, api: string): T[] {
  if (!items?.length) throw new Error(`no metrics returned from ${api} metrics API`);
  return items;
}

type PodItem = NonNullable<PodMetricsList['items']>[number];

/** Undefined where one of the containers has no sample: half a pod's use would mislead. */
function podUse({ containers = [] }: PodItem, resource: string): number | undefined {
  const uses = containers.map(({ usage }) => usage?.[resource]);
  if (uses.length === 0 || uses.includes(undefined)) return undefined;
  return uses.reduce((sum, use) => sum + quantityMilliValue(use!), 0);
}

function containerUse({ metadata, containers = [] }: PodItem, resource: string, name: string) {
  const found = containers.find(container => container.name === name);
  if (!found) {
    const text = `container ${name} not present in metrics for pod ${metadata.namespace}/${metadata.name}`;
    throw new Error(`failed to get container metrics: ${text}`);
  }
  const use = found.usage?.[resource];
  return use === undefined ? undefined : quantityMilliValue(use);
}

/** metav1.Duration: Go's text, as '1m30s'; 0 for what is none. */
function durationMs(text = ''): number {
  try {
    return Number(parseDuration(text)) / 1e6;
  } catch {
    return 0;
  }
}
