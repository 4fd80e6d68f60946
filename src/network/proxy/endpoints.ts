import type { Service } from '#api/generated/types/core.v1.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { type TableFamily, targetOf } from './families.ts';

/** One address and port that a service port may be sent to. */
export interface ProxyEndpoint {
  readonly ip: string;
  readonly port: number;
  /** On this node. */
  readonly local: boolean;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Nodes and zones whose clients it is meant for (KEP-2433, KEP-3015); none: for all. */
  readonly forNodes: readonly string[];
  readonly forZones: readonly string[];
}

export const serviceNameLabel = 'kubernetes.io/service-name';

const foreignLabels = ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless'];

/** A Service or slice that is none of this proxy's business, whatever the values of its labels. */
export function isForeign({ metadata: { labels = {} } }: Service | EndpointSlice): boolean {
  return foreignLabels.some(label => labels[label] !== undefined);
}

/** The endpoints of one service port in one family, in the order of their addresses; an address is there once. */
export function endpointsOf(
  slices: readonly EndpointSlice[],
  portName: string,
  protocol: string,
  nodeName: string,
  family: TableFamily,
): ProxyEndpoint[] {
  const found = new Map<string, ProxyEndpoint>();
  for (const slice of slices) {
    if (isForeign(slice)) continue;
    if (slice.addressType !== family.name) continue;
    const port = slice.ports?.find(
      one => (one.name ?? '') === portName && (one.protocol ?? 'TCP') === protocol,
    )?.port;
    if (port === undefined) continue;
    for (const endpoint of slice.endpoints ?? []) {
      const ip = endpoint.addresses[0];
      if (ip === undefined) continue;
      const { ready = true, serving = ready, terminating = false } = endpoint.conditions ?? {};
      const key = targetOf({ ip, port });
      // While an endpoint moves between slices both may hold it: what says ready wins.
      if (found.get(key)?.ready) continue;
      const namesOf = (hints: readonly { name: string }[] = []) => hints.map(hint => hint.name);
      found.set(key, {
        ip,
        port,
        local: endpoint.nodeName === nodeName,
        ready,
        serving,
        terminating,
        forNodes: namesOf(endpoint.hints?.forNodes),
        forZones: namesOf(endpoint.hints?.forZones),
      });
    }
  }
  const keys = [...found.keys()].sort();
  return keys.map(key => found.get(key)!);
}

/** The ready ones; where there are none, those that end but still serve (KEP-1669). */
export function usable(endpoints: readonly ProxyEndpoint[]): readonly ProxyEndpoint[] {
  const ready = endpoints.filter(endpoint => endpoint.ready);
  return ready.length > 0 ? ready : endpoints.filter(endpoint => endpoint.serving && endpoint.terminating);
}

/**
 * Those that are meant for clients of this node, or else of its zone. Hints count only where every ready endpoint has
 * some and one of them is meant for here: traffic never goes nowhere because of them.
 */
export function near(
  endpoints: readonly ProxyEndpoint[],
  nodeName: string,
  zone: string | undefined,
): readonly ProxyEndpoint[] {
  const ready = endpoints.filter(endpoint => endpoint.ready);
  const meant = (hintsOf: (endpoint: ProxyEndpoint) => readonly string[], here: string | undefined) => {
    if (here === undefined || ready.some(endpoint => hintsOf(endpoint).length === 0)) return [];
    return ready.filter(endpoint => hintsOf(endpoint).includes(here));
  };
  const byNode = meant(endpoint => endpoint.forNodes, nodeName);
  if (byNode.length > 0) return byNode;
  const byZone = meant(endpoint => endpoint.forZones, zone);
  return byZone.length > 0 ? byZone : endpoints;
}
