import type { Pod } from '#api/generated/types/core.v1.ts';
import { StringMap } from '#base/string-map.ts';
import { controllerOf } from '#machinery/object.ts';
import { isPodActive, isPodReady, isPodTerminal } from '../shared/pods.ts';

/** Pods of one controller that carry the same labels. */
export interface LabelGroup {
  readonly labels: Record<string, string>;
  /** Neither at their end nor asked to go; those that are ready among them. */
  active: number;
  ready: number;
  /** Asked to go, and not at their end. */
  terminating: number;
}

type Standing = 'ready' | 'active' | 'terminating';

interface Tallied {
  readonly owner: string;
  readonly labelsText: string;
  readonly group: LabelGroup;
  readonly standing: Standing;
}

function standingOf(pod: Pod): Standing | undefined {
  if (isPodTerminal(pod)) return undefined;
  if (!isPodActive(pod)) return 'terminating';
  return isPodReady(pod) ? 'ready' : 'active';
}

/** How many pods each controller has, kept in step with them: of thousands one changes at a time. */
export class PodTally {
  readonly #pods = new StringMap<Tallied>();
  readonly #groups = new Map<string, Map<string, LabelGroup>>();

  /** Counts a pod as it is now, and no longer as it was. */
  set(pod: Pod): void {
    this.delete(pod);
    const owner = controllerOf(pod)?.uid;
    const standing = standingOf(pod);
    if (owner === undefined || !standing) return;
    const labels = pod.metadata.labels ?? {};
    const labelsText = JSON.stringify(labels);
    const group = this.#group(owner, labelsText, labels);
    count(group, standing, 1);
    this.#pods.set(pod.metadata.uid!, { owner, labelsText, group, standing });
  }

  delete(pod: Pod): void {
    const uid = pod.metadata.uid!;
    const tallied = this.#pods.get(uid);
    if (!tallied) return;
    const { owner, labelsText, group, standing } = tallied;
    this.#pods.delete(uid);
    count(group, standing, -1);
    if (group.active + group.terminating > 0) return;
    const groups = this.#groups.get(owner)!;
    groups.delete(labelsText);
    if (groups.size === 0) this.#groups.delete(owner);
  }

  groupsOf(owner: string): readonly LabelGroup[] {
    return [...(this.#groups.get(owner)?.values() ?? [])];
  }

  #group(owner: string, labelsText: string, labels: Record<string, string>): LabelGroup {
    let groups = this.#groups.get(owner);
    if (!groups) {
      groups = new Map();
      this.#groups.set(owner, groups);
    }
    let group = groups.get(labelsText);
    if (!group) {
      group = { labels, active: 0, ready: 0, terminating: 0 };
      groups.set(labelsText, group);
    }
    return group;
  }
}

function count(group: LabelGroup, standing: Standing, by: 1 | -1): void {
  if (standing === 'terminating') {
    group.terminating += by;
    return;
  }
  group.active += by;
  if (standing === 'ready') group.ready += by;
}
