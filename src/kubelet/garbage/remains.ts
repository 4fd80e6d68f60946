import { runtimeKeys } from '../lifecycle/observed.ts';
import type { Container, Sandbox } from '../runtime.ts';

/** What the runtime has, of all pods. */
export interface RuntimeContents {
  readonly sandboxes: readonly Sandbox[];
  readonly containers: readonly Container[];
}

/** What of a pod nobody needs any more. */
export interface Remains {
  readonly containers: readonly Container[];
  readonly sandboxes: readonly Sandbox[];
}

/** Of each container the newest dead run is kept, for its log and state (MaxPerPodContainer). */
const deadMax = 1;

function newestFirst(a: Container, b: Container): number {
  return b.attempt - a.attempt || b.createdAtMs - a.createdAtMs;
}

/** One that was made and never started is about to be, unless there is a newer one. */
function isDead({ name, state, attempt }: Container, all: readonly Container[]): boolean {
  if (state !== 'CREATED') return state !== 'RUNNING';
  return all.some(other => other.name === name && other.attempt > attempt);
}

/**
 * Dead runs beyond the newest of each container, and dead sandboxes that are empty and not the pod's newest. `all`:
 * of a pod that has ended, of which no dead run is kept.
 */
export function remainsOf({ sandboxes, containers }: RuntimeContents, all: boolean): Remains {
  const dead = containers.filter(one => isDead(one, containers));
  const removed = [...Map.groupBy(dead, ({ name }) => name).values()].flatMap(runs =>
    runs.sort(newestFirst).slice(all ? 0 : deadMax),
  );
  const kept = containers.filter(container => !removed.includes(container));
  const newest = sandboxes.toSorted((a, b) => b.metadata.attempt - a.metadata.attempt)[0];
  const empty = sandboxes.filter(
    sandbox =>
      sandbox.state !== 'READY' &&
      (all || sandbox !== newest) &&
      !kept.some(({ sandboxId }) => sandboxId === sandbox.id),
  );
  return { containers: removed, sandboxes: empty };
}

/** By the uid of the pod. */
export function byPod({ sandboxes, containers }: RuntimeContents): Map<string, RuntimeContents> {
  const uidOf = ({ labels }: Container | Sandbox) => labels[runtimeKeys.podUid] ?? '';
  const sandboxesOf = Map.groupBy(sandboxes, uidOf);
  const containersOf = Map.groupBy(containers, uidOf);
  return new Map(
    [...new Set([...sandboxesOf.keys(), ...containersOf.keys()])].map(uid => [
      uid,
      { sandboxes: sandboxesOf.get(uid) ?? [], containers: containersOf.get(uid) ?? [] },
    ]),
  );
}
