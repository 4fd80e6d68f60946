import type { Log } from '#base/log.ts';
import {
  burstableShares,
  cpuShares,
  podCgroup,
  podCgroups,
  podLimits,
  podsCgroup,
} from '../config/resources.ts';
import type { CgroupLimits, HostPort } from '../host/port.ts';
import { podText } from '../lifecycle/observed.ts';
import type { Pod } from '../types.ts';

export interface PodCgroupsOptions {
  readonly host: HostPort;
  readonly log: Log;
  /** Control group below which the pods' groups stand. */
  readonly root: string;
  readonly cpus: number;
  readonly activePods: () => readonly Pod[];
}

/**
 * Shares the machine among pods: each pod's control group, and those of the qualities of service above, as upstream's
 * cgroupfs driver has them. A host that will not have it runs its pods all the same.
 */
export class PodCgroups {
  readonly #options: PodCgroupsOptions;
  /** Shares by group, as they were last set. */
  readonly #tiers = new Map<string, number>();

  constructor(options: PodCgroupsOptions) {
    this.#options = options;
  }

  /** Limits the pod as a whole. */
  async hold(pod: Pod): Promise<void> {
    await this.#shareTiers(pod);
    await this.#limit(pod, podLimits(pod));
  }

  /** While its containers' limits change, those of the pod stand in no one's way. */
  async loosen(pod: Pod): Promise<void> {
    const { cpuShares } = podLimits(pod);
    await this.#limit(pod, { cpuShares });
  }

  /** The pod is gone: whatever quality of service it had, its group goes as well. */
  async release(podUid: string): Promise<void> {
    const { host, root } = this.#options;
    for (const group of podCgroups(root, podUid)) await host.removeCgroup(group);
    await this.#shareTiers();
  }

  /** Pods have come or gone: burstable ones together weigh what they ask for. `coming` may not be active yet. */
  async #shareTiers(coming?: Pod): Promise<void> {
    const { root, cpus, activePods } = this.#options;
    const others = activePods().filter(pod => pod.metadata.uid !== coming?.metadata.uid);
    const all = podsCgroup(root);
    const tiers = [
      [all, cpuShares(cpus * 1_000)],
      [`${all}/besteffort`, cpuShares(0)],
      [`${all}/burstable`, burstableShares(coming ? [...others, coming] : others)],
    ] as const;
    for (const [path, shares] of tiers) {
      if (this.#tiers.get(path) === shares) continue;
      if (await this.#write(path, { cpuShares: shares }, {})) this.#tiers.set(path, shares);
    }
  }

  async #limit(pod: Pod, limits: CgroupLimits): Promise<void> {
    await this.#write(podCgroup(this.#options.root, pod), limits, { pod: podText(pod) });
  }

  async #write(path: string, limits: CgroupLimits, about: object): Promise<boolean> {
    const { host, log } = this.#options;
    try {
      await host.limitCgroup(path, limits);
      return true;
    } catch (error) {
      log.warn('a control group could not be limited', { ...about, path, error: String(error) });
      return false;
    }
  }
}
