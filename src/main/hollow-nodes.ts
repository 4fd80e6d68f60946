import { familyOf } from '#machinery/ip.ts';
import { HollowFleet } from '#kubelet/hollow/fleet.ts';
import { localPathProvisioner } from '#kubelet/provisioner/controller.ts';
import { simulatedDisk } from '#kubelet/provisioner/disk.ts';
import type { ControlPlane } from './control-plane.ts';
import { provisionerUser } from './local-storage.ts';
import { localStorageOf, type NodePart, type ServerOptions } from './server-options.ts';
import { serviceCidrsOf } from './service-range.ts';

/** Simulated nodes in place of real ones. */
export async function startHollowNodes(
  controlPlane: ControlPlane,
  options: ServerOptions,
): Promise<NodePart> {
  const { clock, random, log, record } = options;
  await using parts = new AsyncDisposableStack();
  const fleet = new HollowFleet({
    client: controlPlane.clientOf('kubelet'),
    informers: controlPlane.informers,
    clock,
    random,
    log: log.with({ component: 'hollow' }),
    nodes: record.hollowNodes,
    ipFamilies: serviceCidrsOf(record).map(familyOf),
    breathe: controlPlane.breathe,
  });
  controlPlane.informers.start();
  parts.use(fleet);
  await fleet.start();
  if (localStorageOf(options)) {
    const provisioner = localPathProvisioner({ disk: simulatedDisk });
    parts.use(await controlPlane.startController(provisioner, provisionerUser));
  }
  const running = parts.move();
  return { stop: () => running.disposeAsync() };
}
