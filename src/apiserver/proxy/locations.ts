import { familyOf } from '#machinery/ip.ts';
import type { Endpoints, Node, Pod, Service } from '#api/generated/types/core.v1.ts';
import { type Random, shuffled } from '#base/random.ts';
import { splitKey } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import type { StateCache } from '../resources/state-cache.ts';
import type { Backend } from './backends.ts';

/** What a proxied name asks for: NAME, NAME:PORT or SCHEME:NAME:PORT. */
export interface ProxiedName {
  readonly scheme: string;
  readonly name: string;
  readonly port: string;
}

/** Undefined for what has another form. */
export function parseProxiedName(text: string): ProxiedName | undefined {
  const parts = text.split(':');
  if (parts.length > 3) return undefined;
  const [scheme, name, port] =
    parts.length === 3 ? parts : parts.length === 2 ? ['', ...parts] : ['', parts[0], ''];
  if (!name || !['', 'http', 'https'].includes(scheme!)) return undefined;
  return { scheme: scheme!, name, port: port ?? '' };
}

/** Whoever is proxied to is asked for no certificate, as upstream does it. */
function backendOf(scheme: string, host: string, port: string | number): Backend {
  const fallback = scheme === 'https' ? 443 : 80;
  const number = port === '' ? fallback : Number(port);
  return { host, port: number, ...(scheme === 'https' ? { tls: { insecure: true } } : {}) };
}

function parsed(kind: string, text: string): ProxiedName {
  const found = parseProxiedName(text);
  if (!found) throw statusError.badRequest(`invalid ${kind} request ${JSON.stringify(text)}`);
  return found;
}

export interface ProxyCluster {
  readonly cache: StateCache;
  readonly random: Random;
}

/** `missing`: what is said not to be there, where that is another resource. */
function get<T>({ cache }: ProxyCluster, resource: string, key: string, missing = resource): T {
  const found = cache.bucket(`core/${resource}`).get(key)?.object as T | undefined;
  if (!found) throw statusError.notFound({ group: '', resource: missing }, splitKey(key).name);
  return found;
}

/** pods/NAME/proxy: the pod's address, and its first port unless another is named. */
export function podBackend(cluster: ProxyCluster, namespace: string, text: string): Backend {
  const { scheme, name, port } = parsed('pod', text);
  const pod = get<Pod>(cluster, 'pods', `${namespace}/${name}`);
  const firstPort = (pod.spec?.containers ?? []).flatMap(container => container.ports ?? [])[0]
    ?.containerPort;
  const ip = pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? '';
  if (!isGlobalUnicast(ip)) throw statusError.badRequest('address not allowed');
  checkRuns(cluster, pod);
  const target = port || String(firstPort ?? '');
  if (target !== '' && !isPort(target)) throw unreachablePort(ip, target);
  return backendOf(scheme, ip, target);
}

/** Pods of simulated nodes have addresses that nobody answers at. */
function checkRuns({ cache }: ProxyCluster, pod: Pod): void {
  const nodeName = pod.spec?.nodeName;
  if (!nodeName) return;
  const node = cache.bucket('core/nodes').get(nodeName)?.object as Node | undefined;
  if (!node || node.status?.daemonEndpoints?.kubeletEndpoint?.Port) return;
  throw statusError.unavailable(
    `error trying to reach service: node "${nodeName}" is simulated and runs no containers`,
  );
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536;
}

function unreachablePort(host: string, port: string): Error {
  return statusError.unavailable(
    `error trying to reach service: dial tcp: lookup tcp/${port}: unknown port (${host})`,
  );
}

/** Neither unspecified, loopback, multicast nor link-local. */
function isGlobalUnicast(ip: string): boolean {
  if (ip === '') return false;
  if (familyOf(ip) === 'IPv6') return !/^(::1?$|fe[89ab]|ff)/i.test(ip);
  const first = Number(ip.split('.')[0]);
  return first !== 0 && first !== 127 && first < 224 && !ip.startsWith('169.254.');
}

/** services/NAME/proxy: a ready endpoint of the port, which is named by its name or its number. */
export function serviceBackend(cluster: ProxyCluster, namespace: string, text: string): Backend {
  const { scheme, name, port } = parsed('service', text);
  const portName = /^\d+$/.test(port) ? portNameOf(cluster, namespace, name, Number(port)) : port;
  const endpoints = get<Endpoints>(cluster, 'endpoints', `${namespace}/${name}`, 'services');
  const none = () => statusError.unavailable(`no endpoints available for service ${JSON.stringify(text)}`);
  for (const subset of shuffled(cluster.random, endpoints.subsets ?? [])) {
    const target = subset.ports?.find(candidate => (candidate.name ?? '') === portName)?.port;
    if (target === undefined) continue;
    for (const address of shuffled(cluster.random, subset.addresses ?? [])) {
      const pod = endpointPod(cluster, address);
      if (!pod) continue;
      checkRuns(cluster, pod);
      return backendOf(scheme, address.ip, target);
    }
  }
  throw none();
}

function portNameOf(cluster: ProxyCluster, namespace: string, name: string, port: number): string {
  const service = get<Service>(cluster, 'services', `${namespace}/${name}`);
  const found = service.spec?.ports?.find(candidate => candidate.port === port);
  if (!found) throw statusError.unavailable(`no service port ${port} found for service "${name}"`);
  return found.name ?? '';
}

type EndpointAddress = NonNullable<NonNullable<Endpoints['subsets']>[number]['addresses']>[number];

/** Only a pod that has the address itself: endpoints that somebody wrote may point anywhere. */
function endpointPod({ cache }: ProxyCluster, { ip, targetRef }: EndpointAddress): Pod | undefined {
  if (targetRef?.kind !== 'Pod') return undefined;
  const pod = cache.bucket('core/pods').get(`${targetRef.namespace}/${targetRef.name}`)?.object as
    | Pod
    | undefined;
  return pod?.status?.podIPs?.some(own => own.ip === ip) ? pod : undefined;
}

/** A node: `kubelet` where its kubelet's own server is meant, which asks for this server's certificate. */
export function nodeTarget(
  cluster: ProxyCluster,
  text: string,
): { readonly node: Node; readonly name: ProxiedName } {
  const name = parsed('node', text);
  return { node: get<Node>(cluster, 'nodes', name.name), name };
}

/** A port of a node that is not its kubelet's. */
export function nodeBackend({ scheme, port }: ProxiedName, host: string): Backend {
  return backendOf(scheme || 'http', host, port);
}
