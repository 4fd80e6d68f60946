import { urlHost } from '#machinery/ip.ts';
import { expand } from '../config/expansion.ts';
import type { HostNetwork } from '../host/port.ts';
import { type Runtime, RuntimeError } from '../runtime.ts';
import type { ContainerSpec, LifecycleHandler, Probe } from '../types.ts';

export interface ProbeOutcome {
  /** 'error': the probe itself could not be made; it counts neither way. */
  readonly result: 'success' | 'failure' | 'error';
  /** A success that the user should hear of. */
  readonly warning?: true;
  readonly output: string;
}

export interface ProbeTarget {
  readonly container: ContainerSpec;
  readonly containerId: string;
  readonly podIp: string;
}

type Action = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'>;

const outputMax = 10 * 1024;
const userAgent = 'kube-probe/1.36';

/** The number behind a port that may be the name of one of the container's ports. */
export function portNumber(container: ContainerSpec, port: number | string): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find(p => p.name === port)?.containerPort ?? Number(port);
  if (!Number.isInteger(named) || named < 1 || named > 65_535)
    throw new Error(`invalid port number: ${port}`);
  return named;
}

/** A probe's command with the variables whose values the spec itself tells. */
function staticCommand({ container }: ProbeTarget, command: readonly string[] = []): string[] {
  const env = container.env ?? [];
  const lookup = (name: string) => {
    const entry = env.findLast(one => one.name === name);
    return entry && (entry.value ?? '');
  };
  return command.map(word => expand(word, lookup));
}

/** The URL and headers of an httpGet action: the kubelet's own headers unless the spec sets them. */
export function httpRequest(target: ProbeTarget, action: NonNullable<Action['httpGet']>, agent = userAgent) {
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  const host = action.host || target.podIp;
  const port = portNumber(target.container, action.port as number | string);
  const path = action.path ? (action.path.startsWith('/') ? action.path : `/${action.path}`) : '/';
  const headers = (action.httpHeaders ?? []).map(({ name, value }) => ({ name, value }));
  const has = (name: string) => headers.some(header => header.name.toLowerCase() === name);
  if (!has('user-agent')) headers.push({ name: 'User-Agent', value: agent });
  if (!has('accept')) headers.push({ name: 'Accept', value: '*/*' });
  return {
    url: `${scheme}://${urlHost(host)}:${port}${path}`,
    headers: headers.filter(h => h.value !== ''),
  };
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Makes one probe, once. */
export class Prober {
  readonly #runtime: Runtime;
  readonly #network: HostNetwork;

  constructor(runtime: Runtime, network: HostNetwork) {
    this.#runtime = runtime;
    this.#network = network;
  }

  async probe(target: ProbeTarget, probe: Probe): Promise<ProbeOutcome> {
    const timeoutSeconds = probe.timeoutSeconds ?? 1;
    const { host } = probe.tcpSocket ?? {};
    if (probe.exec) return this.#exec(target, staticCommand(target, probe.exec.command), timeoutSeconds);
    if (probe.httpGet) return this.#http(target, probe.httpGet, timeoutSeconds * 1_000);
    if (probe.tcpSocket) {
      const port = portNumber(target.container, probe.tcpSocket.port as number | string);
      return this.#try(() => this.#network.tcpConnect(host || target.podIp, port, timeoutSeconds * 1_000));
    }
    if (probe.grpc) return this.#grpc(target, probe.grpc, timeoutSeconds * 1_000);
    return { result: 'error', output: 'missing probe handler' };
  }

  /** Runs a lifecycle hook; rejects with its message when it fails. */
  async runHook(target: ProbeTarget, handler: LifecycleHandler, timeoutSeconds: number): Promise<void> {
    if (handler.exec) {
      const command = handler.exec.command ?? [];
      const { exitCode, stderr, stdout } = await this.#runtime.execSync(
        target.containerId,
        command,
        timeoutSeconds,
      );
      if (exitCode === 0) return;
      const said = new TextDecoder().decode(stderr.length > 0 ? stderr : stdout);
      throw new Error(`command '${command.join(' ')}' exited with ${exitCode}: ${said}`);
    }
    if (!handler.httpGet) return;
    const request = httpRequest(target, handler.httpGet, 'kube-lifecycle/1.36');
    await this.#network.httpGet({ ...request, timeoutMs: timeoutSeconds * 1_000 });
  }

  async #try(action: () => Promise<void>): Promise<ProbeOutcome> {
    try {
      await action();
      return { result: 'success', output: '' };
    } catch (error) {
      return { result: 'failure', output: text(error) };
    }
  }

  async #exec(
    target: ProbeTarget,
    command: readonly string[],
    timeoutSeconds: number,
  ): Promise<ProbeOutcome> {
    try {
      const { exitCode, stdout, stderr } = await this.#runtime.execSync(
        target.containerId,
        command,
        timeoutSeconds,
      );
      const decoder = new TextDecoder();
      const output = (decoder.decode(stdout) + decoder.decode(stderr)).slice(0, outputMax);
      return { result: exitCode === 0 ? 'success' : 'failure', output };
    } catch (error) {
      const code = error instanceof RuntimeError ? error.code : undefined;
      if (code !== 'DeadlineExceeded') {
        const prefix = code ? `rpc error: code = ${code} desc = ` : '';
        return { result: 'error', output: `${prefix}${text(error)}` };
      }
      return {
        result: 'failure',
        output: `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${timeoutSeconds}s`,
      };
    }
  }

  async #http(
    target: ProbeTarget,
    action: NonNullable<Action['httpGet']>,
    timeoutMs: number,
  ): Promise<ProbeOutcome> {
    const request = httpRequest(target, action);
    try {
      const { status, body } = await this.#network.httpGet({ ...request, timeoutMs });
      if (status >= 200 && status < 300) return { result: 'success', output: body };
      if (status >= 300 && status < 400) {
        return {
          result: 'success',
          warning: true,
          output: `Probe terminated redirects, Response body: ${body}`,
        };
      }
      return { result: 'failure', output: `HTTP probe failed with statuscode: ${status}` };
    } catch (error) {
      return { result: 'failure', output: `Get ${JSON.stringify(request.url)}: ${text(error)}` };
    }
  }

  async #grpc(
    target: ProbeTarget,
    action: NonNullable<Action['grpc']>,
    timeoutMs: number,
  ): Promise<ProbeOutcome> {
    try {
      const status = await this.#network.grpcHealth(
        target.podIp,
        action.port,
        action.service ?? '',
        timeoutMs,
      );
      if (status === 'SERVING') return { result: 'success', output: `service healthy` };
      return { result: 'failure', output: `service unhealthy (responded with ${JSON.stringify(status)})` };
    } catch (error) {
      return { result: 'failure', output: text(error) };
    }
  }
}
