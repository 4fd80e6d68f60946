import { containerHash, runtimeKeys } from '../lifecycle/observed.ts';
import type { ContainerConfig, Device, Image, Mount, NamespaceOptions } from '../runtime.ts';
import type { ContainerSpec, Pod } from '../types.ts';
import type { EnvEntry } from './env.ts';
import { expand } from './expansion.ts';
import type { Layout } from './layout.ts';
import { linuxResources } from './resources.ts';
import { podLabels } from './sandbox.ts';
import { containerSecurity, verifyNonRoot } from './security.ts';

export interface ContainerInput {
  readonly pod: Pod;
  readonly container: ContainerSpec;
  readonly attempt: number;
  readonly env: readonly EnvEntry[];
  readonly mounts: readonly Mount[];
  readonly devices: readonly Device[];
  readonly image: Image | undefined;
  /** What the runtime starts the container from. */
  readonly imageRef: string;
  readonly layout: Layout;
  readonly memoryCapacityBytes: number;
  /** The container whose process namespace this one joins. */
  readonly targetId?: string;
}

/** The container that CRI is asked for. Throws ContainerConfigError where the spec forbids to run it. */
export function containerConfig(input: ContainerInput): ContainerConfig {
  const { pod, container, attempt, env, image, layout } = input;
  verifyNonRoot(pod, container, image);
  const security = containerSecurity(pod, container, image, layout.seccompRoot);
  const lookup = (name: string) => env.find(entry => entry.key === name)?.value;
  return {
    name: container.name,
    attempt,
    image: input.imageRef,
    command: (container.command ?? []).map(word => expand(word, lookup)),
    args: (container.args ?? []).map(word => expand(word, lookup)),
    workingDir: container.workingDir ?? '',
    env,
    mounts: input.mounts,
    devices: input.devices,
    labels: { ...podLabels(pod), [runtimeKeys.containerName]: container.name },
    annotations: {
      [runtimeKeys.containerHash]: containerHash(container),
      [runtimeKeys.restartCount]: String(attempt),
      [runtimeKeys.terminationMessagePath]: container.terminationMessagePath ?? '/dev/termination-log',
      [runtimeKeys.terminationMessagePolicy]: container.terminationMessagePolicy ?? 'File',
      [runtimeKeys.gracePeriod]: String(pod.spec!.terminationGracePeriodSeconds ?? 30),
    },
    logPath: `${container.name}/${attempt}.log`,
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    resources: linuxResources(pod, container, input.memoryCapacityBytes),
    securityContext: { ...security, namespaces: joined(security.namespaces!, input.targetId) },
  };
}

/** Where the pod's containers see each other's processes anyway there is nothing to join. */
function joined(namespaces: NamespaceOptions, targetId: string | undefined): NamespaceOptions {
  return targetId && namespaces.pid === 'CONTAINER' ? { ...namespaces, pid: 'TARGET', targetId } : namespaces;
}
