import { statusError } from '#machinery/status.ts';
import type { Kubelet } from '../kubelet.ts';
import { runtimeKeys } from '../lifecycle/observed.ts';
import type { CommandStreams } from '../streaming/remote-command.ts';
import type { Pod } from '../types.ts';
import { UpgradeError } from '../streaming/upgrade.ts';
import { containerRuns } from './container-log.ts';

/** What a streaming request asks for, by its path and query. */
export interface StreamTarget {
  readonly kind: 'exec' | 'attach' | 'portForward';
  /** The runtime's URL to stream with. */
  readonly url: string;
  readonly streams: CommandStreams;
  /** Of portForward over channels. */
  readonly ports: readonly number[];
}

const kinds = new Set(['exec', 'attach', 'portForward']);

function flag(query: URLSearchParams, ...names: string[]): boolean {
  return names.some(name => ['1', 'true'].includes(query.get(name) ?? ''));
}

/** The kubelet's own names are input, output, error, tty; the API's stdin, stdout, stderr are taken as well. */
export function parseStreams(query: URLSearchParams): CommandStreams {
  return {
    stdin: flag(query, 'input', 'stdin'),
    stdout: flag(query, 'output', 'stdout'),
    stderr: flag(query, 'error', 'stderr'),
    tty: flag(query, 'tty'),
  };
}

function portsOf(query: URLSearchParams): number[] {
  const words = [...query.getAll('port'), ...query.getAll('ports')].flatMap(text => text.split(','));
  return words.map(word => {
    const port = Number(word);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw statusError.badRequest(`query parameter "port" must be > 0 and < 65536: "${word}"`);
    }
    return port;
  });
}

function podOf(kubelet: Kubelet, namespace: string, name: string): Pod {
  const pod = kubelet.pod(namespace, name);
  if (!pod) throw new UpgradeError(404, 'pod does not exist');
  return pod;
}

/** /exec/NS/POD[/UID]/CONTAINER, /attach/…, /portForward/NS/POD[/UID]; undefined: it is none of them. */
export async function streamTarget(kubelet: Kubelet, url: URL): Promise<StreamTarget | undefined> {
  const [kind, namespace, podName, ...rest] = url.pathname.split('/').slice(1).map(decodeURIComponent);
  if (!kind || !kinds.has(kind) || !namespace || !podName) return undefined;
  const query = url.searchParams;
  const streams = parseStreams(query);
  const pod = podOf(kubelet, namespace, podName);
  if (kind === 'portForward') {
    const target = await kubelet.runtime.portForward(await sandboxOf(kubelet, pod));
    return { kind, url: target, streams, ports: portsOf(query) };
  }
  const container = rest.at(-1);
  if (!container) return undefined;
  const id = await runningContainer(kubelet, pod, container);
  const command = query.getAll('command');
  const target =
    kind === 'exec'
      ? await kubelet.runtime.exec(id, command, streams)
      : await kubelet.runtime.attach(id, streams);
  return { kind: kind as 'exec' | 'attach', url: target, streams, ports: [] };
}

async function runningContainer(kubelet: Kubelet, pod: Pod, name: string): Promise<string> {
  const run = (await containerRuns(kubelet, pod, name)).find(candidate => candidate.state === 'RUNNING');
  if (!run) throw new UpgradeError(500, `container not found ("${name}")`);
  return run.id;
}

async function sandboxOf(kubelet: Kubelet, pod: Pod): Promise<string> {
  const labels = { [runtimeKeys.podUid]: pod.metadata.uid! };
  const sandbox = (await kubelet.runtime.listSandboxes({ labels })).find(s => s.state === 'READY');
  if (!sandbox)
    throw new UpgradeError(500, `pod not found ("${pod.metadata.name}_${pod.metadata.namespace}")`);
  return sandbox.id;
}
