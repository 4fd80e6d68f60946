import { allowsNode } from '#api/node-selection.ts';
import { quantityMilliValue, quantityValue } from '#machinery/quantity.ts';
import { mayJoin, refusal } from '../eviction/admission.ts';
import type { Pressure } from '../eviction/signals.ts';
import { allContainers, isSidecar } from '../lifecycle/spec.ts';
import { isExtendedResource } from '../node/node-object.ts';
import type { ContainerSpec, Node, Pod } from '../types.ts';
import { sysctlProblem } from './sysctls.ts';

export interface Rejection {
  readonly reason: string;
  readonly message: string;
  /** Of a pod that was never to run here, rather than one that ran too long. */
  readonly rejected?: true;
  /** Of a pod that the node itself ends: how long it may take. */
  readonly evictedWithinSeconds?: number;
  /** It ends for the sake of others, not for what it did itself (KEP-3329). */
  readonly disrupted?: true;
}

/** Why a pod is ended by its node, and how long that may take. */
export interface Eviction {
  readonly message: string;
  /** Of the event. */
  readonly annotations?: Record<string, string>;
  readonly withinSeconds: number;
  /** For the sake of others, not for what it did itself (KEP-3329). */
  readonly disrupted?: true;
}

function amount(resource: string, quantity: string | undefined): number {
  if (quantity === undefined) return 0;
  return resource === 'cpu' ? quantityMilliValue(quantity) : quantityValue(quantity);
}

/** What a pod asks for of a resource: its containers together, or its hungriest init step. */
export function podRequest(pod: Pod, resource: string): number {
  const of = (container: ContainerSpec) => amount(resource, container.resources?.requests?.[resource]);
  const sum = (containers: readonly ContainerSpec[]) => containers.reduce((total, c) => total + of(c), 0);
  let sidecars = 0;
  let peak = 0;
  for (const container of pod.spec?.initContainers ?? []) {
    if (isSidecar(container)) sidecars += of(container);
    else peak = Math.max(peak, sidecars + of(container));
  }
  const level = amount(resource, pod.spec?.resources?.requests?.[resource]);
  const running = level || sidecars + sum(pod.spec?.containers ?? []);
  return Math.max(running, peak) + amount(resource, pod.spec?.overhead?.[resource]);
}

/** What a pod is to run beside, and on what. */
export interface Place {
  /** Pods that hold resources of the node. */
  readonly others: readonly Pod[];
  readonly node: Node;
  /** The kernel enforces AppArmor profiles. */
  readonly appArmor: boolean;
  /** What the node is short of. */
  readonly pressures: readonly Pressure[];
}

type Check = (pod: Pod, place: Place) => Rejection | undefined;

/** In the order in which upstream asks; the first that objects is heard. */
const checks: readonly Check[] = [
  (pod, { pressures }) =>
    mayJoin(pod, pressures) ? undefined : { reason: 'Evicted', message: refusal(pressures) },
  sysctlsAllowed,
  securitySupported,
  hasRoom,
  (pod, { node }) =>
    allowsNode(pod, node)
      ? undefined
      : predicate('NodeAffinity', "node(s) didn't match Pod's node affinity/selector"),
  portsFree,
];

/** Why the node cannot take the pod beside those it has; undefined: it can. */
export function admit(pod: Pod, place: Place): Rejection | undefined {
  for (const check of checks) {
    const rejection = check(pod, place);
    if (rejection) return rejection;
  }
  return undefined;
}

function predicate(reason: string, message: string): Rejection {
  return { reason, message: `Predicate ${reason} failed: ${message}` };
}

function sysctlsAllowed(pod: Pod): Rejection | undefined {
  for (const { name } of pod.spec?.securityContext?.sysctls ?? []) {
    const problem = sysctlProblem(pod, name);
    if (problem) return { reason: 'SysctlForbidden', message: `forbidden sysctl: ${problem}` };
  }
  return undefined;
}

/** What the runtimes that we drive cannot do must not be left out in silence. */
function securitySupported(pod: Pod, { node, appArmor }: Place): Rejection | undefined {
  const { os, securityContext } = pod.spec ?? {};
  const nodeOs = node.status?.nodeInfo?.operatingSystem;
  if (os && nodeOs && os.name !== nodeOs) {
    return {
      reason: 'PodOSNotSupported',
      message: "Failed to admit pod as the OS field doesn't match node OS",
    };
  }
  if (securityContext?.supplementalGroupsPolicy === 'Strict') {
    return {
      reason: 'SupplementalGroupsPolicyNotSupported',
      message: 'SupplementalGroupsPolicy=Strict is not supported in this node',
    };
  }
  const profiles = [securityContext, ...allContainers(pod).map(container => container.securityContext)];
  if (!appArmor && profiles.some(one => one?.appArmorProfile && one.appArmorProfile.type !== 'Unconfined')) {
    return {
      reason: 'AppArmor',
      message: 'Cannot enforce AppArmor: AppArmor is not enabled on the host',
    };
  }
  return undefined;
}

function hasRoom(pod: Pod, { others, node }: Pick<Place, 'others' | 'node'>): Rejection | undefined {
  const allocatable = node.status?.allocatable ?? {};
  const podLimit = Number(allocatable.pods ?? Number.POSITIVE_INFINITY);
  if (others.length + 1 > podLimit) return outOf('pods', 1, others.length, podLimit);
  const wanted = new Set(
    [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].flatMap(container =>
      Object.keys(container.resources?.requests ?? {}),
    ),
  );
  for (const resource of wanted) {
    // Extended resources that the node does not have are the business of those that gave the pod its node.
    if (isExtendedResource(resource) && allocatable[resource] === undefined) continue;
    const requested = podRequest(pod, resource);
    const used = others.reduce((total, other) => total + podRequest(other, resource), 0);
    const capacity = amount(resource, allocatable[resource]);
    if (requested > 0 && requested + used > capacity) return outOf(resource, requested, used, capacity);
  }
  return undefined;
}

/** Why a pod that runs here cannot be given what its spec asks for by now. */
export function resizeRejection(
  pod: Pod,
  place: Pick<Place, 'others' | 'node'>,
): { reason: 'Infeasible' | 'Deferred'; message: string } | undefined {
  const { node } = place;
  for (const resource of ['memory', 'cpu']) {
    const requested = podRequest(pod, resource);
    const capacity = amount(resource, node.status?.allocatable?.[resource]);
    if (requested <= capacity) continue;
    const message = `Node didn't have enough capacity: ${resource}, requested: ${requested}, capacity: ${capacity}`;
    return { reason: 'Infeasible', message };
  }
  const rejection = hasRoom(pod, place);
  return rejection && { reason: 'Deferred', message: rejection.message };
}

function outOf(resource: string, requested: number, used: number, capacity: number): Rejection {
  return {
    reason: `OutOf${resource}`,
    message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  };
}

interface HostPort {
  readonly protocol: string;
  readonly ip: string;
  readonly port: number;
}

function hostPorts(pod: Pod): HostPort[] {
  const containers = [...(pod.spec?.initContainers ?? []).filter(isSidecar), ...(pod.spec?.containers ?? [])];
  return containers
    .flatMap(container => container.ports ?? [])
    .filter(port => port.hostPort)
    .map(({ protocol = 'TCP', hostIP, hostPort }) => ({ protocol, ip: hostIP || anyIp, port: hostPort! }));
}

const anyIp = '0.0.0.0';

function portsFree(pod: Pod, { others }: Place): Rejection | undefined {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return undefined;
  const taken = others.flatMap(hostPorts);
  const clash = (a: HostPort, b: HostPort) =>
    a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === anyIp || b.ip === anyIp);
  if (!wanted.some(port => taken.some(other => clash(port, other)))) return undefined;
  return predicate('NodePorts', "node(s) didn't have free ports for the requested pod ports");
}
