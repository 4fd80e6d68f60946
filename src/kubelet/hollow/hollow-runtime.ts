import { type Clock, sleep } from '#base/clock.ts';
import { type Random, randomUuid } from '#base/random.ts';
import {
  type Container,
  type ContainerConfig,
  type ContainerFilter,
  type ContainerState,
  type ContainerStats,
  type ContainerStatus,
  type ExecResult,
  type Image,
  type LinuxResources,
  type Runtime,
  RuntimeError,
  type RuntimeEvent,
  type Sandbox,
  type SandboxConfig,
  type SandboxStatus,
  type StreamRequest,
} from '../runtime.ts';
import { AddressPool } from './addresses.ts';
import { behaviourOf, type HollowBehaviour } from './behaviour.ts';

export type HollowOperation =
  | 'runSandbox'
  | 'stopSandbox'
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'execSync'
  | 'updateResources'
  | 'listImages'
  | 'pullImage'
  | 'removeImage'
  | 'status';

export interface HollowRuntimeOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Addresses of the pods. Default 10.244.0.0/24. */
  readonly podCidr?: string;
  /** How long an operation takes. Default 0. */
  readonly latencyMs?: Partial<Record<HollowOperation, number>>;
  /** Images that are there from the start; anything else must be pulled. Default: every image is there. */
  readonly images?: readonly string[];
  /** An error to fail the operation with. `subject` is the sandbox's or container's name, or the image. */
  readonly fail?: (operation: HollowOperation, subject: string) => Error | undefined;
  /** Default: `behaviourOf` the pod's annotations and the command. */
  readonly behave?: (config: ContainerConfig, sandbox: SandboxConfig) => HollowBehaviour;
  /** Default: exit code 0 and no output. */
  readonly exec?: (containerName: string, command: readonly string[]) => Partial<ExecResult>;
}

interface HollowSandbox {
  readonly id: string;
  readonly config: SandboxConfig;
  readonly createdAtMs: number;
  readonly ip: string;
  ready: boolean;
}

interface HollowContainer {
  readonly id: string;
  readonly sandboxId: string;
  config: ContainerConfig;
  readonly behaviour: HollowBehaviour;
  readonly createdAtMs: number;
  state: ContainerState;
  startedAtMs: number;
  finishedAtMs: number;
  exitCode: number;
  reason: string;
  message: string;
  timer: Disposable | undefined;
  readonly onExit: (() => void)[];
}

const exitCodeTerm = 143;
const exitCodeKill = 137;

function matches(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>> = {},
): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/**
 * A container runtime without containers: it keeps the states that a real one would show, on the clock it is given.
 * A run is a function of its inputs. It outlives the kubelet that drives it, as containerd does.
 */
export class HollowRuntime implements Runtime {
  readonly #options: HollowRuntimeOptions;
  readonly #clock: Clock;
  readonly #pool: AddressPool;
  readonly #sandboxes = new Map<string, HollowSandbox>();
  readonly #containers = new Map<string, HollowContainer>();
  readonly #images = new Map<string, Image>();
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();

  constructor(options: HollowRuntimeOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#pool = new AddressPool(options.podCidr ?? '10.244.0.0/24');
    for (const image of options.images ?? []) this.#addImage(image);
  }

  /** What the sandboxes that there are were asked for as. */
  sandboxConfigs(): readonly SandboxConfig[] {
    return [...this.#sandboxes.values()].map(sandbox => sandbox.config);
  }

  /** What the newest container of that name was asked for as, with the resources it has by now. */
  containerConfig(name: string): ContainerConfig | undefined {
    return [...this.#containers.values()].findLast(container => container.config.name === name)?.config;
  }

  async version() {
    return { runtimeName: 'hollow', runtimeVersion: '1.0.0', runtimeApiVersion: 'v1' };
  }

  async status() {
    const error = this.#options.fail?.('status', '');
    return { runtimeReady: !error, networkReady: !error, message: error?.message ?? '' };
  }

  async runSandbox(config: SandboxConfig): Promise<string> {
    await this.#operate('runSandbox', config.metadata.name);
    const { namespace, name, uid, attempt } = config.metadata;
    for (const other of this.#sandboxes.values()) {
      const metadata = other.config.metadata;
      if (metadata.uid === uid && metadata.attempt === attempt && metadata.name === name) {
        throw new RuntimeError(
          'AlreadyExists',
          `name "${name}_${namespace}_${uid}_${attempt}" is reserved for "${other.id}"`,
        );
      }
    }
    const id = this.#newId();
    const ip = config.namespaces.network === 'NODE' ? '' : this.#pool.take();
    this.#sandboxes.set(id, { id, config, createdAtMs: this.#clock.now(), ip, ready: true });
    this.#emit(uid, id, 'STARTED');
    return id;
  }

  async stopSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) return;
    await this.#operate('stopSandbox', sandbox.config.metadata.name);
    for (const container of this.#containersOf(id)) this.#exit(container, exitCodeKill, 'Error');
    if (sandbox.ready && sandbox.ip) this.#pool.release(sandbox.ip);
    sandbox.ready = false;
    this.#emit(sandbox.config.metadata.uid, id, 'STOPPED');
  }

  async removeSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) return;
    if (sandbox.ready) await this.stopSandbox(id);
    for (const container of this.#containersOf(id)) this.#containers.delete(container.id);
    this.#sandboxes.delete(id);
    this.#emit(sandbox.config.metadata.uid, id, 'DELETED');
  }

  async sandboxStatus(id: string): Promise<SandboxStatus> {
    const sandbox = this.#sandbox(id);
    return {
      ...this.#showSandbox(sandbox),
      ips: sandbox.ip && sandbox.ready ? [sandbox.ip] : [],
      netns: sandbox.ip ? `/var/run/netns/${id}` : '',
    };
  }

  async listSandboxes(filter: { readonly labels?: Readonly<Record<string, string>> } = {}) {
    return [...this.#sandboxes.values()]
      .map(sandbox => this.#showSandbox(sandbox))
      .filter(sandbox => matches(sandbox.labels, filter.labels));
  }

  async createContainer(sandboxId: string, config: ContainerConfig, sandbox: SandboxConfig): Promise<string> {
    await this.#operate('createContainer', config.name);
    if (!this.#sandbox(sandboxId).ready)
      throw new RuntimeError('Unknown', 'sandbox container is not running');
    if (!this.#image(config.image)) throw new RuntimeError('NotFound', `image "${config.image}": not found`);
    for (const other of this.#containersOf(sandboxId)) {
      if (other.config.name === config.name && other.config.attempt === config.attempt) {
        throw new RuntimeError('AlreadyExists', `name "${config.name}" is reserved for "${other.id}"`);
      }
    }
    const behave = this.#options.behave ?? defaultBehaviour;
    const container: HollowContainer = {
      id: this.#newId(),
      sandboxId,
      config,
      behaviour: behave(config, sandbox),
      createdAtMs: this.#clock.now(),
      state: 'CREATED',
      startedAtMs: 0,
      finishedAtMs: 0,
      exitCode: 0,
      reason: '',
      message: '',
      timer: undefined,
      onExit: [],
    };
    this.#containers.set(container.id, container);
    this.#emit(sandbox.metadata.uid, container.id, 'CREATED');
    return container.id;
  }

  async startContainer(id: string): Promise<void> {
    const container = this.#container(id);
    await this.#operate('startContainer', container.config.name);
    if (container.state !== 'CREATED') {
      throw new RuntimeError('Unknown', `container is in ${container.state} state`);
    }
    container.state = 'RUNNING';
    container.startedAtMs = this.#clock.now();
    const { exitAfterMs, exitCode = 0, reason, message = '' } = container.behaviour;
    if (exitAfterMs !== undefined) {
      const why = reason ?? (exitCode === 0 ? 'Completed' : 'Error');
      container.timer = this.#clock.after(exitAfterMs, () => this.#exit(container, exitCode, why, message));
    }
    this.#emitFor(container, 'STARTED');
  }

  async stopContainer(id: string, timeoutSeconds: number): Promise<void> {
    const container = this.#containers.get(id);
    if (!container) return;
    await this.#operate('stopContainer', container.config.name);
    if (container.state !== 'RUNNING') return;
    if (!container.behaviour.ignoresTerm) return this.#exit(container, exitCodeTerm, 'Error');
    await this.#exited(container, timeoutSeconds * 1_000);
    this.#exit(container, exitCodeKill, 'Error');
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.#containers.get(id);
    if (!container) return;
    this.#exit(container, exitCodeKill, 'Error');
    this.#containers.delete(id);
    this.#emitFor(container, 'DELETED');
  }

  async listContainers(filter: ContainerFilter = {}): Promise<readonly Container[]> {
    return [...this.#containers.values()]
      .filter(
        container =>
          (filter.id === undefined || container.id === filter.id) &&
          (filter.sandboxId === undefined || container.sandboxId === filter.sandboxId) &&
          (filter.state === undefined || container.state === filter.state) &&
          matches(container.config.labels, filter.labels),
      )
      .map(container => this.#showContainer(container));
  }

  async containerStatus(id: string): Promise<ContainerStatus> {
    const container = this.#container(id);
    const directory = this.#sandboxes.get(container.sandboxId)?.config.logDirectory ?? '';
    return {
      ...this.#showContainer(container),
      startedAtMs: container.startedAtMs,
      finishedAtMs: container.finishedAtMs,
      exitCode: container.exitCode,
      reason: container.reason,
      message: container.message,
      logPath: directory === '' ? '' : `${directory}/${container.config.logPath}`,
    };
  }

  async updateResources(id: string, resources: LinuxResources): Promise<void> {
    const container = this.#container(id);
    await this.#operate('updateResources', container.config.name);
    container.config = { ...container.config, resources };
  }

  async execSync(id: string, command: readonly string[], _timeoutSeconds: number): Promise<ExecResult> {
    const container = this.#container(id);
    await this.#operate('execSync', container.config.name);
    if (container.state !== 'RUNNING') throw new RuntimeError('Unknown', 'container is not running');
    const result = this.#options.exec?.(container.config.name, command) ?? {};
    return { stdout: new Uint8Array(), stderr: new Uint8Array(), exitCode: 0, ...result };
  }

  async exec(id: string, _command: readonly string[], _streams: StreamRequest): Promise<string> {
    this.#container(id);
    throw new RuntimeError('InvalidArgument', 'a simulated container has no streams');
  }

  async attach(id: string, streams: StreamRequest): Promise<string> {
    return this.exec(id, [], streams);
  }

  async portForward(sandboxId: string): Promise<string> {
    this.#sandbox(sandboxId);
    throw new RuntimeError('InvalidArgument', 'a simulated pod has no ports');
  }

  async reopenLog(id: string): Promise<void> {
    this.#container(id);
  }

  async listStats(): Promise<readonly ContainerStats[]> {
    return [...this.#containers.values()]
      .filter(container => container.state === 'RUNNING')
      .map(container => ({
        id: container.id,
        timestampMs: this.#clock.now(),
        cpuUsageNanoseconds: (this.#clock.now() - container.startedAtMs) * 1_000,
        memoryWorkingSetBytes: 1 << 20,
        memoryUsageBytes: 1 << 20,
        memoryRssBytes: 1 << 20,
        fsUsedBytes: 4_096,
        fsInodesUsed: 1,
      }));
  }

  async listImages(): Promise<readonly Image[]> {
    await this.#operate('listImages', '');
    return [...this.#images.values()];
  }

  async imageStatus(image: string): Promise<Image | undefined> {
    return this.#image(image);
  }

  async pullImage(image: string): Promise<string> {
    await this.#operate('pullImage', image);
    return this.#addImage(image).id;
  }

  async removeImage(image: string): Promise<void> {
    await this.#operate('removeImage', image);
    this.#images.delete(image);
  }

  async imageFs() {
    const usedBytes = [...this.#images.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return { mountpoint: '/var/lib/hollow', usedBytes, inodesUsed: this.#images.size };
  }

  watchEvents(listener: (event: RuntimeEvent) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** Ends a container as if its process had: for tests and fault injection. */
  crash(containerName: string, exitCode: number, reason = exitCode === 0 ? 'Completed' : 'Error'): void {
    for (const container of this.#containers.values()) {
      if (container.config.name === containerName) this.#exit(container, exitCode, reason);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const container of this.#containers.values()) container.timer?.[Symbol.dispose]();
    this.#listeners.clear();
  }

  async #operate(operation: HollowOperation, subject: string): Promise<void> {
    const latencyMs = this.#options.latencyMs?.[operation] ?? 0;
    if (latencyMs > 0) await sleep(this.#clock, latencyMs);
    const error = this.#options.fail?.(operation, subject);
    if (error) throw error;
  }

  #exit(container: HollowContainer, exitCode: number, reason: string, message = ''): void {
    if (container.state !== 'RUNNING') return;
    container.timer?.[Symbol.dispose]();
    container.timer = undefined;
    container.state = 'EXITED';
    container.finishedAtMs = this.#clock.now();
    container.exitCode = exitCode;
    container.reason = reason;
    container.message = message;
    for (const done of container.onExit.splice(0)) done();
    this.#emitFor(container, 'STOPPED');
  }

  #exited(container: HollowContainer, limitMs: number): Promise<void> {
    return new Promise(resolve => {
      const timer = this.#clock.after(limitMs, resolve);
      container.onExit.push(() => {
        timer[Symbol.dispose]();
        resolve();
      });
    });
  }

  #emitFor(container: HollowContainer, type: RuntimeEvent['type']): void {
    const uid = this.#sandboxes.get(container.sandboxId)?.config.metadata.uid ?? '';
    this.#emit(uid, container.id, type);
  }

  #emit(podUid: string, containerId: string, type: RuntimeEvent['type']): void {
    for (const listener of this.#listeners) listener({ podUid, containerId, type });
  }

  #newId(): string {
    const { random } = this.#options;
    return (randomUuid(random) + randomUuid(random)).replaceAll('-', '');
  }

  #sandbox(id: string): HollowSandbox {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) throw new RuntimeError('NotFound', `sandbox "${id}": not found`);
    return sandbox;
  }

  #container(id: string): HollowContainer {
    const container = this.#containers.get(id);
    if (!container) throw new RuntimeError('NotFound', `container "${id}": not found`);
    return container;
  }

  #containersOf(sandboxId: string): HollowContainer[] {
    return [...this.#containers.values()].filter(container => container.sandboxId === sandboxId);
  }

  #image(name: string): Image | undefined {
    const known = this.#images.get(name);
    if (known || this.#options.images) return known;
    return this.#addImage(name);
  }

  #addImage(name: string): Image {
    const image: Image = {
      id: name,
      repoTags: [name],
      repoDigests: [],
      sizeBytes: 1 << 20,
      username: '',
      pinned: false,
    };
    this.#images.set(name, image);
    return image;
  }

  #showSandbox(sandbox: HollowSandbox): Sandbox {
    const { metadata, labels, annotations } = sandbox.config;
    const { id, createdAtMs } = sandbox;
    return { id, metadata, state: sandbox.ready ? 'READY' : 'NOTREADY', createdAtMs, labels, annotations };
  }

  #showContainer(container: HollowContainer): Container {
    const { id, sandboxId, state, createdAtMs } = container;
    const { name, attempt, image, labels, annotations } = container.config;
    return { id, sandboxId, name, attempt, image, imageId: image, state, createdAtMs, labels, annotations };
  }
}

function defaultBehaviour(config: ContainerConfig, sandbox: SandboxConfig): HollowBehaviour {
  return behaviourOf(sandbox.annotations, config.name, [...config.command, ...config.args]);
}
