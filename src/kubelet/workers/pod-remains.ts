import { remainsOf } from '../garbage/remains.ts';
import type { ObservedPod } from '../lifecycle/observed.ts';
import { roundOf } from '../lifecycle/round.ts';
import type { Pod } from '../types.ts';
import type { WorkerContext } from './context.ts';

/** Removes a pod's dead runs, with their logs, and sandboxes that nobody needs; `all`: of one that has ended, every one. */
export async function removeRemains(
  { runtime, host, layout }: Pick<WorkerContext, 'runtime' | 'host' | 'layout'>,
  pod: Pod,
  observed: ObservedPod,
  all: boolean,
): Promise<void> {
  const { trigger } = roundOf(pod, observed);
  const { containers, sandboxes } = remainsOf(observed, all);
  for (const { id, name, attempt } of containers) {
    // By its end it is known that a new round of the pod's containers has begun.
    if (id === trigger?.id && !all) continue;
    await runtime.removeContainer(id);
    await host.fs.remove(layout.logFile(pod, name, attempt));
  }
  for (const { id } of sandboxes) {
    await runtime.stopSandbox(id);
    await runtime.removeSandbox(id);
  }
}
