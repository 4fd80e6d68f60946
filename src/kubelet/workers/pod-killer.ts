import { runtimeKeys } from '../lifecycle/observed.ts';
import type { ObservedPod } from '../lifecycle/observed.ts';
import { allContainers, sidecars } from '../lifecycle/spec.ts';
import type { ContainerStatus, Runtime } from '../runtime.ts';
import type { Pod } from '../types.ts';
import type { ContainerRunner } from './containers.ts';
import type { WorkerContext } from './context.ts';

/** Stops all that runs of a pod: main containers together, then sidecars from the last to the first, then the sandbox. */
export async function killPod(
  context: WorkerContext,
  runner: ContainerRunner,
  pod: Pod,
  observed: ObservedPod,
  graceSeconds: number,
): Promise<void> {
  const { clock } = context;
  const startedMs = clock.monotonicMs();
  const specs = allContainers(pod);
  const running = observed.containers.filter(status => status.state === 'RUNNING');
  const order = sidecars(pod).map(container => container.name);
  const stop = (status: ContainerStatus, grace: number) => {
    const container = specs.find(spec => spec.name === status.name);
    return runner.stop(pod, container, status, `Stopping container ${status.name}`, grace);
  };
  const main = running.filter(status => !order.includes(status.name));
  await Promise.all(main.map(status => stop(status, graceSeconds)));
  for (const name of order.toReversed()) {
    const leftSeconds = graceSeconds - Math.floor((clock.monotonicMs() - startedMs) / 1_000);
    const mine = running.filter(status => status.name === name);
    await Promise.all(mine.map(status => stop(status, Math.max(0, leftSeconds))));
  }
  for (const sandbox of observed.sandboxes) {
    if (sandbox.state === 'READY') await context.runtime.stopSandbox(sandbox.id);
  }
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
