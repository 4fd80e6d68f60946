import { ipAddresses, serviceCIDRs } from '#api/generated/refs.ts';
import type { IPAddress, ServiceCIDR } from '#api/generated/types/networking.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import { orNotFound } from '#client/retry.ts';
import { parseIp } from '#machinery/ip.ts';
import { defineController, observing } from '#runtime/controller.ts';
import { findCondition } from '../shared/conditions.ts';
import { timeMs } from '../shared/time.ts';
import { containsAddress, isCovered, overlap } from './ranges.ts';

const finalizer = 'networking.k8s.io/service-cidr-finalizer';
const managedBy = 'ipaddress.kubernetes.io/managed-by';
const allocator = 'ipallocator.k8s.io';
const fieldManager = 'service-cidr-controller';
/** Whoever allocates addresses has heard of the deletion by then. */
const graceMs = 10_000;

/** Says which ranges of Service addresses are ready, and keeps one that is deleted until no address needs it (KEP-1880). */
export const serviceCidrController = defineController({
  name: 'service-cidr',
  setup: ({ client, clock, events, informer }) => {
    const ranges = informer(serviceCIDRs);
    const addresses = informer(ipAddresses);

    const related = (serviceCidr: ServiceCIDR) =>
      ranges.list().filter(other => overlap(other, serviceCidr) || other === serviceCidr);
    const holding = (address: IPAddress) => {
      const ip = parseIp(address.metadata.name!);
      return ip && isAllocated(address) ? ranges.list().filter(each => containsAddress(each, ip)) : [];
    };

    /** No address would be left outside of every range. */
    const isFree = (serviceCidr: ServiceCIDR): boolean => {
      const others = ranges.list().filter(each => each.metadata.name !== serviceCidr.metadata.name);
      if (isCovered(serviceCidr, others)) return true;
      return !addresses.list().some(address => {
        const holders = holding(address);
        return holders.length === 1 && holders[0]!.metadata.name === serviceCidr.metadata.name;
      });
    };

    const setReady = async (serviceCidr: ServiceCIDR, isReady: boolean, reason: string, message: string) => {
      const status = isReady ? 'True' : 'False';
      const known = findCondition(serviceCidr.status?.conditions, 'Ready');
      if (known?.status === status && known.reason === reason && known.message === message) return;
      const lastTransitionTime = toRfc3339(clock.now());
      const conditions = [{ type: 'Ready', status, reason, message, lastTransitionTime }];
      const metadata = { name: serviceCidr.metadata.name };
      const body = {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'ServiceCIDR',
        metadata,
        status: { conditions },
      };
      const options = { subresource: 'status', fieldManager, force: true };
      await client.patch(serviceCIDRs, '', metadata.name!, 'apply', body, options);
    };

    const setFinalizers = (serviceCidr: ServiceCIDR, finalizers: object) =>
      orNotFound(
        client.patch(serviceCIDRs, '', serviceCidr.metadata.name!, 'strategic', { metadata: finalizers }),
      );

    const remove = async (serviceCidr: ServiceCIDR) => {
      if (!serviceCidr.metadata.finalizers?.includes(finalizer)) return {};
      if (!isFree(serviceCidr)) {
        const text =
          'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR';
        await setReady(serviceCidr, false, 'Terminating', text);
        return {};
      }
      const leftMs = timeMs(serviceCidr.metadata.deletionTimestamp) + graceMs - clock.now();
      if (leftMs > 0) return { requeueAfterMs: leftMs };
      await setFinalizers(serviceCidr, { '$deleteFromPrimitiveList/finalizers': [finalizer] });
      return {};
    };

    return {
      watches: [
        observing(serviceCIDRs, ({ object }) => related(object).map(nameOf).concat(nameOf(object))),
        observing(ipAddresses, ({ type, object }) => (type === 'updated' ? [] : holding(object).map(nameOf))),
      ],
      reconcile: async key => {
        const serviceCidr = ranges.get(key);
        if (!serviceCidr) return {};
        if (serviceCidr.metadata.deletionTimestamp) return remove(serviceCidr);
        if (!serviceCidr.metadata.finalizers?.includes(finalizer)) {
          await setFinalizers(serviceCidr, { finalizers: [finalizer] });
        }
        try {
          await setReady(serviceCidr, true, '', 'Kubernetes Service CIDR is ready');
        } catch (error) {
          const text = 'The ServiceCIDR Status can not be set to Ready=True';
          events.event(serviceCidr, 'Warning', 'KubernetesServiceCIDRError', text);
          throw error;
        }
        return {};
      },
    };
  },
});

function nameOf({ metadata }: ServiceCIDR): string {
  return metadata.name!;
}

/** Somebody's own IPAddress does not keep a range. */
function isAllocated({ metadata }: IPAddress): boolean {
  return metadata.labels?.[managedBy] === allocator;
}
