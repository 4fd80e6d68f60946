import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';

/** One address and port that a service port may be sent to. */
export interface ProxyEndpoint {
  readonly ip: string;
  readonly port: number;
  /** On this node. */
  readonly local: boolean;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
}

export const serviceNameLabel = 'kubernetes.io/service-name';

/** The endpoints of one service port, in the order of their addresses; an address is there once. */
export function endpointsOf(
  slices: readonly EndpointSlice[],
  portName: string,
  protocol: string,
  nodeName: string,
): ProxyEndpoint[] {
  const found = new Map<string, ProxyEndpoint>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    const port = slice.ports?.find(
      one => (one.name ?? '') === portName && (one.protocol ?? 'TCP') === protocol,
    )?.port;
    if (port === undefined) continue;
    for (const endpoint of slice.endpoints ?? []) {
      const ip = endpoint.addresses[0];
      if (ip === undefined) continue;
      const { ready = true, serving = ready, terminating = false } = endpoint.conditions ?? {};
      const key = `${ip}:${port}`;
      // While an endpoint moves between slices both may hold it: what says ready wins.
      if (found.get(key)?.ready) continue;
      found.set(key, { ip, port, local: endpoint.nodeName === nodeName, ready, serving, terminating });
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
