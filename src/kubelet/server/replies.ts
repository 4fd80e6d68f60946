import { type MetricFamily, metricsContentType, metricsText } from '#base/metric-families.ts';
import type { Kubelet } from '../kubelet.ts';
import type { Pod } from '../types.ts';
import { openContainerLog } from './container-log.ts';
import { openHostLog } from './host-logs.ts';
import { containerMetrics, resourceMetrics, statsSummary } from './stats.ts';

export interface Reply {
  readonly contentType: string;
  /** Text, or what is read while it is sent. */
  readonly body: string | ((signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>);
}

interface Question {
  readonly url: URL;
  /** The words of the path after the first. */
  readonly rest: readonly string[];
  readonly metrics: readonly MetricFamily[];
}

type Answer = (kubelet: Kubelet, question: Question) => Promise<Reply | undefined> | Reply | undefined;

/** What GET answers, by the path's first word; undefined: there is nothing of the kind. */
const answers: Readonly<Record<string, Answer>> = {
  configz: ({ configuration }) => json({ kubeletconfig: configuration }),
  containerLogs,
  logs: hostLogs,
  metrics,
  pods: kubelet => podList(kubelet.pods()),
  runningpods: kubelet => podList(kubelet.pods().filter(({ status }) => status?.phase === 'Running')),
  stats: async (kubelet, { rest }) =>
    rest.join('/') === 'summary' ? json(await statsSummary(kubelet)) : undefined,
};

export function replyTo(
  kubelet: Kubelet,
  url: URL,
  metrics: readonly MetricFamily[],
): Promise<Reply | undefined> | Reply | undefined {
  const [first = '', ...rest] = url.pathname.split('/').slice(1).map(decodeURIComponent);
  return Object.hasOwn(answers, first) ? answers[first]!(kubelet, { url, rest, metrics }) : undefined;
}

async function metrics(kubelet: Kubelet, { rest, metrics }: Question): Promise<Reply | undefined> {
  const texts: Readonly<Record<string, () => string | Promise<string>>> = {
    '': () => metricsText([...kubelet.metrics, ...metrics]),
    cadvisor: () => containerMetrics(kubelet),
    probes: () => metricsText(kubelet.probeMetrics),
    resource: () => resourceMetrics(kubelet),
  };
  const text = texts[rest.join('/')];
  return text && { contentType: metricsContentType, body: await text() };
}

function containerLogs(kubelet: Kubelet, { url, rest }: Question): Reply | undefined {
  const [namespace, pod, container] = rest;
  if (!namespace || !pod || !container || rest.length > 3) return undefined;
  const query = url.searchParams;
  return {
    contentType: 'text/plain',
    body: signal => openContainerLog(kubelet, { namespace, pod, container, query, signal }),
  };
}

async function hostLogs(kubelet: Kubelet, { rest }: Question): Promise<Reply | undefined> {
  const log = await openHostLog(kubelet.host.fs, rest.join('/'));
  if (!log) return undefined;
  const { contentType, body } = log;
  return { contentType, body: typeof body === 'string' ? body : () => Promise.resolve(body) };
}

function podList(items: readonly Pod[]): Reply {
  return json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items });
}

function json(value: unknown): Reply {
  return { contentType: 'application/json', body: JSON.stringify(value) };
}
