import { sleep } from '#base/clock.ts';
import { isTrue } from '#machinery/query.ts';
import { statusError } from '#machinery/status.ts';
import type { Kubelet } from '../kubelet.ts';
import { runtimeKeys } from '../lifecycle/observed.ts';
import { CriLogReader, type LogOptions } from '../logs/reader.ts';
import type { Container } from '../runtime.ts';
import type { Pod } from '../types.ts';

export interface ContainerLogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly query: URLSearchParams;
  /** The client has gone. */
  readonly signal: AbortSignal;
}

const followPollMs = 100;

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw statusError.badRequest(`invalid ${name}: "${text}"`);
  return value;
}

/** PodLogOptions as they come in a query. */
export function parseLogOptions(query: URLSearchParams, nowMs: number): LogOptions & { previous: boolean } {
  const tailLines = wholeNumber(query, 'tailLines');
  const limitBytes = wholeNumber(query, 'limitBytes');
  const sinceSeconds = wholeNumber(query, 'sinceSeconds');
  const sinceTime = query.get('sinceTime');
  const stream = query.get('stream')?.toLowerCase();
  const sinceMs =
    sinceSeconds !== undefined ? nowMs - sinceSeconds * 1_000 : sinceTime ? Date.parse(sinceTime) : undefined;
  if (Number.isNaN(sinceMs)) throw statusError.badRequest(`invalid sinceTime: "${sinceTime}"`);
  return {
    follow: isTrue(query.get('follow')),
    previous: isTrue(query.get('previous')),
    timestamps: isTrue(query.get('timestamps')),
    ...(tailLines !== undefined ? { tailLines } : {}),
    ...(limitBytes !== undefined ? { limitBytes } : {}),
    ...(sinceMs !== undefined ? { sinceMs } : {}),
    ...(stream === 'stdout' || stream === 'stderr' ? { stream } : {}),
  };
}

/** The runs of a container that the runtime still has, the newest first. */
export async function containerRuns(kubelet: Kubelet, pod: Pod, name: string): Promise<Container[]> {
  const labels = { [runtimeKeys.podUid]: pod.metadata.uid!, [runtimeKeys.containerName]: name };
  const runs = await kubelet.runtime.listContainers({ labels });
  return [...runs].sort((a, b) => b.createdAtMs - a.createdAtMs || b.attempt - a.attempt);
}

function waitingReason(pod: Pod, name: string): string {
  const {
    containerStatuses = [],
    initContainerStatuses = [],
    ephemeralContainerStatuses = [],
  } = pod.status ?? {};
  const status = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find(
    s => s.name === name,
  );
  return status?.state?.waiting?.reason ?? 'ContainerCreating';
}

/** The log of a container's newest run, or the one before. Failures reject with upstream's texts. */
export async function openContainerLog(
  kubelet: Kubelet,
  request: ContainerLogRequest,
): Promise<AsyncIterable<Uint8Array>> {
  const { namespace, pod: podName, container, query, signal } = request;
  const pod = kubelet.pod(namespace, podName);
  if (!pod) throw statusError.notFound({ group: '', resource: 'pods' }, podName);
  const options = parseLogOptions(query, kubelet.clock.now());
  const runs = await containerRuns(kubelet, pod, container);
  const where = `container "${container}" in pod "${podName}"`;
  const run = options.previous ? runs.slice(1).find(r => r.state === 'EXITED') : runs[0];
  if (!run && options.previous) {
    throw statusError.badRequest(`previous terminated ${where} not found`);
  }
  if (!run) throw statusError.badRequest(`${where} is waiting to start: ${waitingReason(pod, container)}`);
  const { logPath } = await kubelet.runtime.containerStatus(run.id);
  return new CriLogReader(kubelet.host.fs, logPath).read(options, {
    wait: () => sleep(kubelet.clock, followPollMs, signal),
    alive: async () => {
      if (signal.aborted) return false;
      const [now] = await kubelet.runtime.listContainers({ id: run.id });
      return now?.state === 'RUNNING' || now?.state === 'CREATED';
    },
  });
}
