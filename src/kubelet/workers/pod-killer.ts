import { runtimeKeys } from '../lifecycle/observed.ts';
import type { ObservedPod } from '../lifecycle/observed.ts';
import { allContainers, sidecars } from '../lifecycle/spec.ts';
import type { ContainerStatus, Runtime } from '../runtime.ts';
import type { Pod } from '../types.ts';
import type { ContainerRunner } from './containers.ts';
import type { WorkerContext } from './context.ts';
import type { GracePeriod } from './grace-period.ts';

/**
 * Stops all that runs of a pod, then its sandbox. Every container's preStop hook begins at once; main containers end
 * together, and each sidecar when all main containers and the sidecars behind it have ended (KEP-753). All share the
 * grace period: when it is over, nobody waits for anybody.
 */
export async function killPod(
  context: WorkerContext,
  runner: ContainerRunner,
  pod: Pod,
  observed: ObservedPod,
  grace: GracePeriod,
): Promise<void> {
  const specs = allContainers(pod);
  const order = sidecars(pod).map(container => container.name);
  const running = observed.containers.filter(status => status.state === 'RUNNING');
  const ends = running.map(() => Promise.withResolvers<void>());
  const stop = async (status: ContainerStatus, index: number) => {
    const container = specs.find(spec => spec.name === status.name);
    const place = order.indexOf(status.name);
    const before = ends.filter((_, i) => place >= 0 && turnOf(order, running[i]!.name) > place);
    const turn = Promise.all(before.map(end => end.promise));
    try {
      await runner.stop(pod, container, status, {
        message: `Stopping container ${status.name}`,
        grace,
        turn,
      });
    } finally {
      ends[index]!.resolve();
    }
  };
  await Promise.all(running.map(stop));
  for (const sandbox of observed.sandboxes) {
    if (sandbox.state === 'READY') await context.runtime.stopSandbox(sandbox.id);
  }
}

/** Later ones end first: main containers before all sidecars. */
function turnOf(order: readonly string[], name: string): number {
  const place = order.indexOf(name);
  return place < 0 ? order.length : place;
}

/** Removes a pod from the runtime without a trace. */
export async function removePod(runtime: Runtime, observed: ObservedPod): Promise<void> {
  for (const container of observed.containers) await runtime.removeContainer(container.id);
  for (const sandbox of observed.sandboxes) {
    await runtime.stopSandbox(sandbox.id);
    await runtime.removeSandbox(sandbox.id);
  }
}

/** The grace period that a container was made with, for when its pod is known no more. */
export function recordedGraceSeconds(status: { annotations: Readonly<Record<string, string>> }): number {
  return Number(status.annotations[runtimeKeys.gracePeriod] ?? 30);
}
