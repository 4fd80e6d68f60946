import type { Pod, Service, ServicePort } from '#api/generated/types/core.v1.ts';
import type { Informer } from '#client/informer.ts';
import { objectKey } from '#machinery/object.ts';
import type { Change } from '#runtime/controller.ts';
import { deepEqual } from '#base/equal.ts';
import { isPodReady, isPodTerminal } from './pods.ts';
import { matcherOfLabels } from './selector.ts';

export const headlessLabel = 'service.kubernetes.io/headless';

export function isHeadless(service: Service): boolean {
  return service.spec?.clusterIP === 'None';
}

/** The services that a change of a pod concerns: those that select it now or did before. */
export function servicesOfPod(services: Informer<Service>, { object, old }: Change<Pod>): string[] {
  if (old && deepEqual(facts(old), facts(object))) return [];
  const candidates = services.list(object.metadata.namespace);
  return candidates
    .filter(service => selects(service, object) || (old !== undefined && selects(service, old)))
    .map(objectKey);
}

/** What endpoints say of a pod: a change of anything else concerns no service. */
function facts(pod: Pod): unknown {
  const { labels, deletionTimestamp } = pod.metadata;
  const { podIPs, phase } = pod.status ?? {};
  const { nodeName, hostname, subdomain } = pod.spec ?? {};
  return [labels, deletionTimestamp, podIPs, phase, nodeName, hostname, subdomain, isPodReady(pod)];
}

/** A service without selector selects nothing: its endpoints are somebody else's. */
function selects(service: Service, pod: Pod): boolean {
  const { selector } = service.spec ?? {};
  return Boolean(selector) && Object.keys(selector!).length > 0 && matcherOfLabels(selector)(pod);
}

/** The service has endpoints that a controller keeps. */
export function isSelecting(service: Service): boolean {
  return service.spec?.type !== 'ExternalName' && Object.keys(service.spec?.selector ?? {}).length > 0;
}

/** The pods that belong to the service's endpoints, in the order of their names. */
export function podsOfService(pods: Informer<Pod>, service: Service, withTerminating: boolean): Pod[] {
  return pods
    .list(service.metadata.namespace)
    .filter(
      pod => selects(service, pod) && mayServe(pod) && (withTerminating || !pod.metadata.deletionTimestamp),
    )
    .sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
}

function mayServe(pod: Pod): boolean {
  return !isPodTerminal(pod) && addressesOf(pod).length > 0;
}

export function addressesOf(pod: Pod): string[] {
  const { podIPs = [], podIP } = pod.status ?? {};
  const ips: string[] = [];
  for (const { ip } of podIPs) if (ip) ips.push(ip);
  return ips.length > 0 ? ips : podIP ? [podIP] : [];
}

/** The pod's number of a service's target port; undefined where it has none of that name. */
export function portOfPod(pod: Pod, port: ServicePort): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target || port.port;
  const containers = [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []).filter(container => container.restartPolicy === 'Always'),
  ];
  for (const container of containers) {
    const found = container.ports?.find(
      candidate => candidate.name === target && (candidate.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
    );
    if (found) return found.containerPort;
  }
  return undefined;
}

/** The name under the service's own that DNS answers for this pod. */
export function hostnameIn(service: Service, pod: Pod): string | undefined {
  const { hostname, subdomain } = pod.spec ?? {};
  return hostname && subdomain === service.metadata.name ? hostname : undefined;
}
