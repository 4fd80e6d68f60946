import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import { HollowFleet } from '#kubelet/hollow/fleet.ts';
import type { ControlPlane } from './control-plane.ts';

/** Simulated nodes in place of real ones. */
export async function startHollowNodes(
  controlPlane: ControlPlane,
  { clock, random, log }: { readonly clock: Clock; readonly random: Random; readonly log: Log },
  nodes: number,
): Promise<{ stop(): Promise<void> }> {
  const fleet = new HollowFleet({
    client: controlPlane.clientOf('kubelet'),
    informers: controlPlane.informers,
    clock,
    random,
    log: log.with({ component: 'hollow' }),
    nodes,
    breathe: controlPlane.breathe,
  });
  controlPlane.informers.start();
  await fleet.start();
  return { stop: () => fleet[Symbol.asyncDispose]() };
}
