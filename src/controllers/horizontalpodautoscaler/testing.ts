/** For tests alone: the metrics APIs, before a cluster's API server, with what a test says. */
import { pods } from '#api/generated/refs.ts';
import { type Client, createClient } from '#client/client.ts';
import type { Transport, TransportRequest, TransportResponse } from '#client/transport.ts';
import { toRfc3339 } from '#base/clock.ts';
import { statusError } from '#machinery/status.ts';

/** What each pod's container 'main' uses, in thousandths of a CPU; undefined: no sample. */
export type CpuOf = (pod: string) => number | undefined;

export class FakeMetrics {
  /** Absent: no metrics API is served. */
  cpu: CpuOf | undefined;
  /** The answers of the custom and external metrics APIs: values by the path after the group's version. */
  readonly values = new Map<string, readonly MetricValue[]>();
  #nowMs = () => 0;

  /** Answers with the cluster's time. */
  follow(clock: { now(): number }): void {
    this.#nowMs = () => clock.now();
  }

  readonly wrapTransport = (inner: Transport): Transport => {
    const client = createClient(inner);
    return {
      request: async request => (await this.#answer(client, request)) ?? inner.request(request),
      watch: (request, handler) => inner.watch(request, handler),
      stream: request => inner.stream(request),
    };
  };

  async #answer(
    client: Client,
    { path, query = {} }: TransportRequest,
  ): Promise<TransportResponse | undefined> {
    const [, group = '', version, rest] =
      /^\/apis\/([a-z]+\.metrics\.k8s\.io|metrics\.k8s\.io)(\/v1beta[12])?(.*)$/.exec(path) ?? [];
    if (group === '') return undefined;
    if (group === 'metrics.k8s.io') return this.#podMetrics(client, rest!, query.labelSelector);
    if (this.values.size === 0) throw statusError.noSuchPath();
    if (version === undefined)
      return answer({ kind: 'APIGroup', versions: [{ version: 'v1beta1' }, { version: 'v1beta2' }] });
    const selectors = [query.labelSelector, query.metricLabelSelector]
      .filter(Boolean)
      .map(each => `?${each}`);
    const found = this.values.get(`${decodeURIComponent(rest!)}${selectors.join('')}`);
    if (!found) throw statusError.noSuchPath();
    const timestamp = toRfc3339(this.#nowMs());
    const items = found.map(({ pod, value }) => ({ describedObject: { name: pod }, timestamp, value }));
    return answer({ kind: 'MetricValueList', items });
  }

  async #podMetrics(client: Client, rest: string, labelSelector = ''): Promise<TransportResponse> {
    const cpuOf = this.cpu;
    if (!cpuOf) throw statusError.noSuchPath();
    const [, namespace = ''] = /^\/namespaces\/([^/]+)\/pods$/.exec(rest)!;
    const { items } = await client.list(pods, namespace, { labelSelector });
    const timestamp = toRfc3339(this.#nowMs());
    return answer({
      kind: 'PodMetricsList',
      items: items.flatMap(({ metadata: { name } }) => {
        const cpu = cpuOf(name!);
        if (cpu === undefined) return [];
        const containers = [{ name: 'main', usage: { cpu: `${cpu}m` } }];
        return [{ metadata: { namespace, name }, timestamp, window: '1s', containers }];
      }),
    });
  }
}

export interface MetricValue {
  readonly pod?: string;
  readonly value: string;
}

function answer(body: unknown): TransportResponse {
  return { status: 200, headers: {}, body };
}
