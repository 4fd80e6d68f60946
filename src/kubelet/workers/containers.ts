import type { EphemeralContainer } from '#api/generated/types/core.v1.ts';
import { containerConfig } from '../config/container.ts';
import { ContainerConfigError, containerEnv, type EnvEntry } from '../config/env.ts';
import { hostNetworkHostsFile, podHostsFile } from '../config/hosts-file.ts';
import { realPathInside } from '../host/inside.ts';
import { backoffKey, type ContainerStart } from '../lifecycle/plan-draft.ts';
import type { ContainerStatus, Image, Mount, SandboxConfig } from '../runtime.ts';
import type { ProbeTarget } from '../probes/prober.ts';
import type { ContainerSpec, LifecycleHandler, Pod } from '../types.ts';
import { type MountSources, volumeDevices, volumeMounts } from '../volumes/container-mounts.ts';
import { fromBase64 } from '../volumes/payloads.ts';
import type { WorkerContext } from './context.ts';
import { containerFieldPath } from './field-path.ts';
import { GracePeriod } from './grace-period.ts';
import { StartError } from './start-error.ts';

const graceSecondsMin = 2;

export interface PodGround {
  readonly pod: Pod;
  readonly sandboxId: string;
  readonly sandbox: SandboxConfig;
  readonly podIps: readonly string[];
  /** How long starting may take, a hook included: over as soon as the pod is to end. */
  readonly limit: GracePeriod;
  /** What runs of the pod already: an ephemeral container may join one's processes. */
  readonly containers: readonly ContainerStatus[];
  /** The host's path of each volume. */
  readonly volumes: ReadonlyMap<string, string>;
}

export interface StopOptions {
  /** Of the event. */
  readonly message: string;
  readonly grace: GracePeriod;
  /** What has to end first, as long as there is time. */
  readonly turn?: Promise<unknown>;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What `work` resolves to, unless the time is over first. */
function inTime<T>(work: Promise<T>, limit: GracePeriod, reason: string): Promise<T> {
  const tooLate = limit.over.then(() => {
    throw new StartError(reason, 'context canceled');
  });
  return Promise.race([work, tooLate]);
}

/** Starts and stops single containers, with hooks and events. */
export class ContainerRunner {
  readonly #context: WorkerContext;

  constructor(context: WorkerContext) {
    this.#context = context;
  }

  /** Rejects with StartError, told as an event already. */
  async start(ground: PodGround, start: ContainerStart): Promise<void> {
    const { pod } = ground;
    const { container } = start;
    try {
      await this.#start(ground, start);
    } catch (error) {
      const known =
        error instanceof ContainerConfigError
          ? new StartError('CreateContainerConfigError', error.message)
          : error instanceof StartError
            ? error
            : new StartError('CreateContainerError', messageOf(error));
      const said = pullReasons.has(known.reason) ? known.reason : known.message;
      if (known.reason !== 'PostStartHookError') {
        this.event(pod, container, 'Warning', 'Failed', `Error: ${said}`);
      }
      throw known;
    }
  }

  /** Runs the preStop hook, waits for its turn, then stops the container; all share the grace period. */
  async stop(
    pod: Pod,
    container: ContainerSpec | undefined,
    status: Pick<ContainerStatus, 'id' | 'name'>,
    { message, grace, turn }: StopOptions,
  ): Promise<void> {
    const { runtime, log } = this.#context;
    if (container) this.event(pod, container, 'Normal', 'Killing', message);
    const hook = container?.lifecycle?.preStop;
    if (hook && grace.leftSeconds > 0) await this.#preStop(pod, container, status.id, hook, grace);
    if (turn) await Promise.race([turn, grace.over]);
    const stop = () => runtime.stopContainer(status.id, Math.max(graceSecondsMin, grace.leftSeconds));
    const sooner = grace.onShortened(() => {
      stop().catch((error: unknown) => {
        log.warn('container could not be stopped sooner', { error: messageOf(error) });
      });
    });
    try {
      await stop();
    } finally {
      sooner[Symbol.dispose]();
    }
  }

  event(
    pod: Pod,
    container: ContainerSpec,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ): void {
    const fieldPath = containerFieldPath(pod, container.name);
    this.#context.recorder.event(pod, type, reason, message, { fieldPath });
  }

  async #start(ground: PodGround, start: ContainerStart): Promise<void> {
    const { runtime, images, imageVolumes, clock, backoff } = this.#context;
    const { pod, limit } = ground;
    const { container, previousEndMs } = start;
    const { volumes } = ground;
    await inTime(imageVolumes.fill(pod, container, volumes), limit, 'ErrImagePull');
    const image = await inTime(images.ensure(pod, container), limit, 'ErrImagePull');
    if (previousEndMs !== undefined) backoff.next(backoffKey(pod, container), previousEndMs, clock.now());
    const id = await this.#create(ground, start, image);
    this.event(pod, container, 'Normal', 'Created', 'Container created');
    try {
      await runtime.startContainer(id);
    } catch (error) {
      throw new StartError('RunContainerError', messageOf(error));
    }
    this.event(pod, container, 'Normal', 'Started', 'Container started');
    await this.#postStart(ground, container, id);
  }

  async #create(ground: PodGround, start: ContainerStart, image: Image): Promise<string> {
    const { runtime, layout, memoryCapacityBytes } = this.#context;
    const { pod } = ground;
    const { container, attempt } = start;
    const env = await this.#env(ground, container);
    const volumes = { paths: ground.volumes, readOnly: this.#context.volumes.readOnly(pod) };
    const mounts = await this.#mounts(ground, start, volumes, env);
    const imageRef = image.id || container.image!;
    const config = containerConfig({
      pod,
      container,
      attempt,
      env,
      mounts,
      devices: volumeDevices(container, volumes),
      image,
      imageRef,
      layout,
      memoryCapacityBytes,
      ...targetOf(ground, container),
    });
    await this.#context.host.fs.makeDirectory(`${layout.logDirectory(pod)}/${container.name}`, 0o755);
    return runtime.createContainer(ground.sandboxId, config, ground.sandbox);
  }

  async #env(ground: PodGround, container: ContainerSpec): Promise<EnvEntry[]> {
    const { sources, host, hostIps, nodeAllocatable, services } = this.#context;
    const { pod, podIps, volumes } = ground;
    return containerEnv(pod, container, {
      podIps,
      hostIps,
      nodeAllocatable,
      services,
      configMap: async name => (await sources.configMap(pod, name))?.data ?? undefined,
      secret: async name => {
        const secret = await sources.secret(pod, name);
        return secret && decoded(secret.data ?? {});
      },
      volumeFile: async (volume, path) => {
        const file = await realPathInside(host.fs, volumes.get(volume)!, path);
        const bytes = file && (await host.fs.readFile(file));
        return bytes && new TextDecoder().decode(bytes);
      },
    });
  }

  async #mounts(
    ground: PodGround,
    { container, attempt }: ContainerStart,
    volumes: MountSources,
    env: readonly EnvEntry[],
  ): Promise<Mount[]> {
    const { host, layout } = this.#context;
    const { pod } = ground;
    const mounts = await volumeMounts(host.fs, container, volumes, env);
    const taken = new Set(mounts.map(mount => mount.containerPath));
    const add = (containerPath: string, hostPath: string) => {
      if (!taken.has(containerPath)) {
        mounts.push({ containerPath, hostPath, readonly: false, propagation: 'PRIVATE' });
      }
    };
    add('/etc/hosts', await this.#hostsFile(ground));
    const messagePath = container.terminationMessagePath ?? '/dev/termination-log';
    const file = layout.terminationMessageFile(pod.metadata.uid!, container.name, attempt);
    await host.fs.makeDirectory(file.slice(0, file.lastIndexOf('/')), 0o755);
    await host.fs.writeFile(file, '', 0o666);
    await host.fs.changeMode(file, 0o666);
    add(messagePath, file);
    return mounts;
  }

  async #hostsFile({ pod, podIps }: PodGround): Promise<string> {
    const { host, layout, clusterDns } = this.#context;
    const path = layout.hostsFile(pod.metadata.uid!);
    const hosts = pod.spec?.hostNetwork
      ? hostNetworkHostsFile(pod, new TextDecoder().decode(await host.fs.readFile('/etc/hosts')))
      : podHostsFile(pod, podIps, clusterDns.domain);
    await host.fs.makeDirectory(layout.podDirectory(pod.metadata.uid!), 0o750);
    await host.fs.writeFile(path, hosts, 0o644);
    return path;
  }

  async #postStart(
    { pod, podIps, limit }: PodGround,
    container: ContainerSpec,
    containerId: string,
  ): Promise<void> {
    const hook = container.lifecycle?.postStart;
    if (!hook) return;
    const target = { container, containerId, podIp: podIps[0] ?? this.#context.hostIps[0] ?? '' };
    try {
      await this.#runHook(target, hook, limit);
    } catch (error) {
      this.event(pod, container, 'Warning', 'FailedPostStartHook', 'PostStartHook failed');
      // Who cut the hook short stops the container as well.
      if (limit.leftSeconds === 0) throw new StartError('PostStartHookError', messageOf(error));
      using grace = new GracePeriod(this.#context.clock, pod.spec?.terminationGracePeriodSeconds ?? 30);
      const status = { id: containerId, name: container.name };
      await this.stop(pod, container, status, { message: 'FailedPostStartHook', grace });
      throw new StartError('PostStartHookError', messageOf(error));
    }
  }

  async #preStop(
    pod: Pod,
    container: ContainerSpec,
    containerId: string,
    hook: LifecycleHandler,
    grace: GracePeriod,
  ): Promise<void> {
    const podIp = pod.status?.podIP ?? this.#context.hostIps[0] ?? '';
    try {
      await this.#runHook({ container, containerId, podIp }, hook, grace);
    } catch (error) {
      this.#context.log.warn('preStop hook failed', { container: container.name, error: messageOf(error) });
      this.event(pod, container, 'Warning', 'FailedPreStopHook', 'PreStopHook failed');
    }
  }

  /** A hook never takes longer than its limit, whatever it does. */
  async #runHook(target: ProbeTarget, hook: LifecycleHandler, limit: GracePeriod): Promise<void> {
    const { clock, prober } = this.#context;
    if (hook.sleep) {
      using rest = new GracePeriod(clock, Number(hook.sleep.seconds));
      await Promise.race([rest.over, limit.over]);
      return;
    }
    await inTime(prober.runHook(target, hook, limit.leftSeconds), limit, 'HookTimeout');
  }
}

/** The container whose processes an ephemeral one is to see, where its spec names one. */
function targetOf({ containers }: PodGround, container: ContainerSpec): { targetId?: string } {
  const { targetContainerName: name } = container as EphemeralContainer;
  if (!name) return {};
  const target = containers.find(status => status.name === name);
  if (target?.state === 'RUNNING') return { targetId: target.id };
  throw new ContainerConfigError(`unable to find target container ${name}`);
}

const pullReasons: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
]);

function decoded(data: Readonly<Record<string, string>>): Record<string, string> {
  const decoder = new TextDecoder();
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, decoder.decode(fromBase64(value))]),
  );
}
