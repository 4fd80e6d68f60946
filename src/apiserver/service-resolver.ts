import type { Endpoints, Service } from '#api/generated/types/core.v1.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { type Random, randomInt } from '#base/random.ts';
import type { StateCache } from './resources/state-cache.ts';

export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * One ready address behind a port of a service, for the API server's own calls: it needs no proxy rules. Throws an
 * Error in the words of upstream's resolver.
 */
export function resolveService(
  state: StateCache,
  random: Random,
  { namespace, name, port }: { namespace: string; name: string; port: number },
): ServiceAddress {
  const quoted = JSON.stringify(name);
  const service = state.bucket('core/services').get(`${namespace}/${name}`)?.object as Service | undefined;
  if (!service) throw new Error(`service ${quoted} not found`);
  const { type = 'ClusterIP', externalName = '', ports = [] } = service.spec ?? {};
  if (type === 'ExternalName') return { host: externalName, port };
  const servicePort = ports.find(candidate => candidate.port === port);
  if (!servicePort) throw new Error(`no service port ${port} found for service ${quoted}`);
  const portName = servicePort.name ?? '';
  const slices = readySlices(state, namespace, name, portName);
  const choices = slices.length > 0 ? slices : readyEndpoints(state, namespace, name, portName);
  if (choices.length === 0) throw new Error(`no endpoints available for service ${quoted}`);
  return choices[randomInt(random, choices.length)]!;
}

function readySlices(state: StateCache, namespace: string, service: string, portName: string) {
  return state
    .bucket('discovery.k8s.io/endpointslices')
    .list(`${namespace}/`, '', 0)
    .entries.map(({ object }) => object as EndpointSlice)
    .filter(slice => slice.metadata.labels?.['kubernetes.io/service-name'] === service)
    .flatMap(slice => {
      const port = slice.ports?.find(candidate => (candidate.name ?? '') === portName)?.port;
      if (port === undefined) return [];
      return (slice.endpoints ?? [])
        .filter(endpoint => endpoint.conditions?.ready !== false)
        .flatMap(endpoint => endpoint.addresses.map(host => ({ host, port })));
    });
}

function readyEndpoints(state: StateCache, namespace: string, service: string, portName: string) {
  const found = state.bucket('core/endpoints').get(`${namespace}/${service}`)?.object as
    | Endpoints
    | undefined;
  return (found?.subsets ?? []).flatMap(subset => {
    const port = subset.ports?.find(candidate => (candidate.name ?? '') === portName)?.port;
    if (port === undefined) return [];
    return (subset.addresses ?? []).map(({ ip }) => ({ host: ip, port }));
  });
}
