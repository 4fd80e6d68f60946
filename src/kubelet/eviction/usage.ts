import type { Layout } from '../config/layout.ts';
import { podCgroup } from '../config/resources.ts';
import type { HostPort } from '../host/port.ts';
import { runtimeKeys } from '../lifecycle/observed.ts';
import type { Container, ContainerStats, Runtime } from '../runtime.ts';
import type { Pod } from '../types.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import type { Candidate, ContainerUse, PodUse } from './rank.ts';
import type { StarvedResource } from './signals.ts';

export interface UsageMeterOptions {
  readonly runtime: Pick<Runtime, 'listSandboxes' | 'listContainers' | 'listStats'>;
  readonly host: Pick<HostPort, 'fs' | 'processes'>;
  readonly layout: Layout;
  readonly volumes: Pick<PodVolumes, 'scratchDirectories'>;
  /** Control group below which the pods' groups stand. */
  readonly cgroupRoot: string;
}

interface Running {
  readonly container: Container;
  readonly stats: ContainerStats | undefined;
}

/** Finds out what pods use of one resource. What lies on the disk is counted for that alone, for it takes time. */
export class UsageMeter {
  readonly #options: UsageMeterOptions;

  constructor(options: UsageMeterOptions) {
    this.#options = options;
  }

  /** A pod that has no sandbox uses nothing that anybody knows of. */
  async measure(pods: readonly Pod[], resource: StarvedResource): Promise<readonly Candidate[]> {
    const { runtime } = this.#options;
    const [sandboxes, containers, stats] = await Promise.all([
      runtime.listSandboxes(),
      runtime.listContainers({ state: 'RUNNING' }),
      runtime.listStats(),
    ]);
    const ready = new Set(
      sandboxes.filter(({ state }) => state === 'READY').map(({ metadata }) => metadata.uid),
    );
    const statsOf = new Map(stats.map(one => [one.id, one]));
    const candidates: Candidate[] = [];
    for (const pod of pods) {
      const { uid } = pod.metadata;
      const running = containers
        .filter(({ labels }) => labels[runtimeKeys.podUid] === uid)
        .map(container => ({ container, stats: statsOf.get(container.id) }));
      candidates.push(ready.has(uid!) ? { pod, use: await this.#use(pod, running, resource) } : { pod });
    }
    return candidates;
  }

  async #use(pod: Pod, running: readonly Running[], resource: StarvedResource): Promise<PodUse> {
    const { host, cgroupRoot } = this.#options;
    const onDisk = resource === 'ephemeral-storage' || resource === 'inodes';
    const containers: ContainerUse[] = [];
    for (const { container, stats } of running) {
      const layer = resource === 'inodes' ? stats?.fsInodesUsed : stats?.fsUsedBytes;
      containers.push({
        name: container.name,
        memoryBytes: stats?.memoryWorkingSetBytes ?? 0,
        layer: layer ?? 0,
        logs: onDisk ? await this.#below(this.#logsOf(pod, container), resource) : 0,
      });
    }
    let volumes = 0;
    for (const [{ emptyDir }, directory] of this.#options.volumes.scratchDirectories(pod)) {
      if (onDisk && emptyDir?.medium !== 'Memory') volumes += await this.#below(directory, resource);
    }
    const processes = resource === 'pids' ? await host.processes(podCgroup(cgroupRoot, pod)) : 0;
    return { containers, volumes, processes };
  }

  #logsOf(pod: Pod, { name }: Container): string {
    return `${this.#options.layout.logDirectory(pod)}/${name}`;
  }

  #below(directory: string, resource: StarvedResource): Promise<number> {
    const { fs } = this.#options.host;
    return resource === 'inodes' ? fs.usedInodes(directory) : fs.usedBytes(directory);
  }
}
