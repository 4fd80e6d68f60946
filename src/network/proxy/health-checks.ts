import type { Log } from '#base/log.ts';
import type { Service } from '#api/generated/types/core.v1.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { endpointsOf } from './endpoints.ts';
import { tableFamilyOf } from './families.ts';

export interface HealthAnswer {
  readonly status: 200 | 404 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The port to the network: a server that answers each path alike, on every address of the host unless one is named. */
export interface HealthSockets {
  listen(port: number, answer: (path: string) => HealthAnswer, host?: string): Promise<AsyncDisposable>;
}

interface Check {
  readonly port: number;
  service: { readonly namespace: string; readonly name: string };
  localEndpoints: number;
  readonly listener: Promise<AsyncDisposable | undefined>;
}

/** The port at which load balancers ask whether this node has endpoints of the service; undefined: they do not. */
export function healthPortOf(service: Service | undefined): number | undefined {
  const { type, externalTrafficPolicy, healthCheckNodePort } = service?.spec ?? {};
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local'
    ? healthCheckNodePort || undefined
    : undefined;
}

/** How many addresses of this node are ready to serve, in the service's first family. */
function readyHere(service: Service, slices: readonly EndpointSlice[], nodeName: string): number {
  const family = tableFamilyOf(service.spec?.clusterIP ?? '');
  const ips = (service.spec?.ports ?? []).flatMap(({ name = '', protocol = 'TCP' }) =>
    endpointsOf(slices, name, protocol, nodeName, family)
      .filter(endpoint => endpoint.local && endpoint.ready)
      .map(endpoint => endpoint.ip),
  );
  return new Set(ips).size;
}

function answerOf({ service, localEndpoints }: Check): HealthAnswer {
  return {
    status: localEndpoints > 0 ? 200 : 503,
    headers: {
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
      'x-load-balancing-endpoint-weight': String(localEndpoints),
    },
    body: JSON.stringify({ service, localEndpoints, serviceProxyHealthy: true }, undefined, '\t'),
  };
}

/** Answers on the healthCheckNodePort of each service that keeps outside traffic on its node. */
export class HealthChecks implements AsyncDisposable {
  readonly #sockets: HealthSockets;
  readonly #nodeName: string;
  readonly #log: Log;
  readonly #checks = new Map<string, Check>();

  constructor(sockets: HealthSockets, nodeName: string, log: Log) {
    this.#sockets = sockets;
    this.#nodeName = nodeName;
    this.#log = log;
  }

  /** The services that are answered for. */
  keys(): Iterable<string> {
    return this.#checks.keys();
  }

  /** The service, or its endpoints, may have changed. */
  async update(
    key: string,
    service: Service | undefined,
    slices: () => readonly EndpointSlice[],
  ): Promise<void> {
    const port = healthPortOf(service);
    let check = this.#checks.get(key);
    if (check && check.port !== port) {
      await this.#close(key, check);
      check = undefined;
    }
    if (!service || port === undefined) return;
    check ??= this.#open(key, service, port);
    check.localEndpoints = readyHere(service, slices(), this.#nodeName);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [key, check] of [...this.#checks]) await this.#close(key, check);
  }

  #open(key: string, { metadata: { namespace = '', name = '' } }: Service, port: number): Check {
    const listener = this.#sockets
      .listen(port, () => answerOf(check))
      .catch((error: unknown) => {
        this.#log.warn('no health check on the port of a service', {
          service: key,
          port,
          error: String(error),
        });
        return undefined;
      });
    const check: Check = { port, service: { namespace, name }, localEndpoints: 0, listener };
    this.#checks.set(key, check);
    return check;
  }

  async #close(key: string, check: Check): Promise<void> {
    this.#checks.delete(key);
    await (await check.listener)?.[Symbol.asyncDispose]();
  }
}
