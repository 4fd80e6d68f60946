import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import {
  type ContainerConfig,
  type ContainerFilter,
  type ContainerStatus,
  type LinuxResources,
  type Runtime,
  RuntimeError,
  type RuntimeEvent,
  type SandboxConfig,
  type SandboxStatus,
  type StreamRequest,
} from '../runtime.ts';
import type { Encodable } from './codec.ts';
import { CriConnection, type Method, type Methods } from './connection.ts';
import { watchEvents } from './events.ts';
import { toContainerConfig, toResources, toSandboxConfig } from './requests.ts';
import {
  fromContainer,
  fromContainerStatus,
  fromImage,
  fromImageFs,
  fromSandbox,
  fromSandboxStatus,
  fromStats,
} from './responses.ts';

export interface CriOptions {
  /** Path of the runtime's Unix socket. */
  readonly address: string;
  readonly clock: Clock;
  readonly log: Log;
}

const callMs = 2 * 60_000;
/** Creating may wait for a slow disk or CNI plugin: upstream gives it twice the time. */
const createMs = 2 * callMs;
const slowMethods: ReadonlySet<Method> = new Set<Method>([
  'RunPodSandbox',
  'StopPodSandbox',
  'CreateContainer',
]);

/** containerd before 1.7 reports a command that ran out of time as Unknown. */
const execTimeoutText = /timeout .*exceeded|deadline exceeded/;

/** The Runtime port over CRI: containerd 1.6 or later, CRI-O. Connects at the first call. */
export class CriRuntime implements Runtime {
  readonly #connection: CriConnection;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(options: CriOptions) {
    this.#clock = options.clock;
    this.#log = options.log.with({ runtime: options.address });
    this.#connection = new CriConnection(options);
  }

  async version() {
    const { runtimeName, runtimeVersion, runtimeApiVersion } = await this.#call('Version', {
      version: 'v1',
    });
    return { runtimeName, runtimeVersion, runtimeApiVersion };
  }

  async status() {
    const { status } = await this.#call('Status', {});
    const conditions = status?.conditions ?? [];
    const holds = (type: string) => conditions.some(one => one.type === type && one.status);
    return {
      runtimeReady: holds('RuntimeReady'),
      networkReady: holds('NetworkReady'),
      message: conditions
        .filter(one => !one.status && one.type.endsWith('Ready'))
        .map(one => `${one.type}=false reason:${one.reason} message:${one.message}`)
        .join(', '),
    };
  }

  async runSandbox(config: SandboxConfig): Promise<string> {
    const request = { config: toSandboxConfig(config), runtimeHandler: config.runtimeHandler };
    return (await this.#call('RunPodSandbox', request)).podSandboxId;
  }

  async stopSandbox(id: string): Promise<void> {
    await ifFound(this.#call('StopPodSandbox', { podSandboxId: id }));
  }

  async removeSandbox(id: string): Promise<void> {
    await ifFound(this.#call('RemovePodSandbox', { podSandboxId: id }));
  }

  async sandboxStatus(id: string): Promise<SandboxStatus> {
    const response = await this.#call('PodSandboxStatus', { podSandboxId: id, verbose: true });
    return found(fromSandboxStatus(response), `sandbox ${id}`);
  }

  async listSandboxes(filter?: { readonly labels?: Readonly<Record<string, string>> }) {
    const { items } = await this.#call('ListPodSandbox', { filter: { labelSelector: filter?.labels } });
    return items.map(fromSandbox);
  }

  async createContainer(sandboxId: string, config: ContainerConfig, sandbox: SandboxConfig): Promise<string> {
    const request = {
      podSandboxId: sandboxId,
      config: toContainerConfig(config, sandbox),
      sandboxConfig: toSandboxConfig(sandbox),
    };
    return (await this.#call('CreateContainer', request)).containerId;
  }

  async startContainer(id: string): Promise<void> {
    await this.#call('StartContainer', { containerId: id });
  }

  async stopContainer(id: string, timeoutSeconds: number): Promise<void> {
    const request = { containerId: id, timeout: timeoutSeconds };
    await ifFound(this.#connection.call('StopContainer', request, callMs + timeoutSeconds * 1000));
  }

  async removeContainer(id: string): Promise<void> {
    await ifFound(this.#call('RemoveContainer', { containerId: id }));
  }

  async listContainers(filter: ContainerFilter = {}) {
    const { containers } = await this.#call('ListContainers', {
      filter: {
        id: filter.id,
        podSandboxId: filter.sandboxId,
        state: filter.state && { state: `CONTAINER_${filter.state}` },
        labelSelector: filter.labels,
      },
    });
    return containers.map(fromContainer);
  }

  async containerStatus(id: string): Promise<ContainerStatus> {
    const response = await this.#call('ContainerStatus', { containerId: id, verbose: true });
    return found(fromContainerStatus(response), `container ${id}`);
  }

  async updateResources(id: string, resources: LinuxResources): Promise<void> {
    await this.#call('UpdateContainerResources', { containerId: id, linux: toResources(resources) });
  }

  async execSync(id: string, command: readonly string[], timeoutSeconds: number) {
    const request = { containerId: id, cmd: command, timeout: timeoutSeconds };
    const limitMs = timeoutSeconds > 0 ? callMs + timeoutSeconds * 1000 : undefined;
    try {
      return await this.#connection.call('ExecSync', request, limitMs);
    } catch (error) {
      if (error instanceof RuntimeError && error.code === 'Unknown' && execTimeoutText.test(error.message)) {
        throw new RuntimeError('DeadlineExceeded', error.message);
      }
      throw error;
    }
  }

  async exec(id: string, command: readonly string[], streams: StreamRequest): Promise<string> {
    return (await this.#call('Exec', { containerId: id, cmd: command, ...streams })).url;
  }

  async attach(id: string, streams: StreamRequest): Promise<string> {
    return (await this.#call('Attach', { containerId: id, ...streams })).url;
  }

  async portForward(sandboxId: string): Promise<string> {
    return (await this.#call('PortForward', { podSandboxId: sandboxId })).url;
  }

  async reopenLog(id: string): Promise<void> {
    await this.#call('ReopenContainerLog', { containerId: id });
  }

  async listStats() {
    return (await this.#call('ListContainerStats', {})).stats.map(fromStats);
  }

  async listImages() {
    return (await this.#call('ListImages', {})).images.map(fromImage);
  }

  async imageStatus(image: string) {
    const response = await this.#call('ImageStatus', { image: { image } });
    return response.image && fromImage(response.image);
  }

  /** No deadline: a pull ends by itself when it makes no progress. */
  async pullImage(image: string, auth?: Parameters<Runtime['pullImage']>[1]): Promise<string> {
    return (await this.#connection.call('PullImage', { image: { image }, auth })).imageRef;
  }

  async removeImage(image: string): Promise<void> {
    await ifFound(this.#call('RemoveImage', { image: { image } }));
  }

  async imageFs() {
    const [first] = (await this.#call('ImageFsInfo', {})).imageFilesystems;
    return first && fromImageFs(first);
  }

  watchEvents(listener: (event: RuntimeEvent) => void): Disposable {
    const watch = { connection: this.#connection, clock: this.#clock, log: this.#log, listener };
    return watchEvents(watch);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }

  #call<M extends Method>(method: M, request: Encodable<Methods[M][1]>) {
    const timeoutMs = slowMethods.has(method) ? createMs : callMs;
    return this.#connection.call(method, request, timeoutMs);
  }
}

/** What is gone already is stopped and removed: CRI asks runtimes for that, and not all comply. */
async function ifFound(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof RuntimeError && error.code === 'NotFound')) throw error;
  }
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new RuntimeError('NotFound', `${what} not found`);
  return value;
}
