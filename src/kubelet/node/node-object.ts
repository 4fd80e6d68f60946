import {
  initResizeFeature,
  podLevelResizeFeature,
  restartAllContainersFeature,
} from '#api/core/pod/required-features.ts';
import { toRfc3339 } from '#base/clock.ts';
import { deepEqual } from '#base/equal.ts';
import type { Node, NodeCondition, NodeSystemInfo } from '../types.ts';

/** What a node tells of itself. Quantities are written as the API writes them. */
export interface NodeFacts {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly { key: string; value?: string; effect: string }[];
  readonly addresses: readonly { type: string; address: string }[];
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly nodeInfo: NodeSystemInfo;
  /** Port of the node's own server; 0 where there is none. */
  readonly kubeletPort: number;
  readonly images?: readonly { names: string[]; sizeBytes: number }[];
  readonly runtimeHandlers?: readonly { name: string }[];
}

/** What this kubelet can do that others may not (KEP-5328); sorted. */
const declaredFeatures = [podLevelResizeFeature, initResizeFeature, restartAllContainersFeature];

/** The version this project stands in for. */
export const kubernetesVersion = 'v1.36.0';

/** Pressures and readiness of a node; a message means trouble. */
export interface NodeHealth {
  /** Why the node is not ready; empty when it is. */
  readonly notReady: readonly string[];
  readonly memoryPressure?: boolean;
  readonly diskPressure?: boolean;
  readonly pidPressure?: boolean;
}

function pressure(
  type: string,
  under: boolean | undefined,
  reasons: readonly [string, string],
  messages: readonly [string, string],
) {
  const at = under ? 1 : 0;
  return { type, status: under ? 'True' : 'False', reason: reasons[at]!, message: messages[at]! };
}

function wanted(health: NodeHealth) {
  return [
    pressure(
      'MemoryPressure',
      health.memoryPressure,
      ['KubeletHasSufficientMemory', 'KubeletHasInsufficientMemory'],
      ['kubelet has sufficient memory available', 'kubelet has insufficient memory available'],
    ),
    pressure(
      'DiskPressure',
      health.diskPressure,
      ['KubeletHasNoDiskPressure', 'KubeletHasDiskPressure'],
      ['kubelet has no disk pressure', 'kubelet has disk pressure'],
    ),
    pressure(
      'PIDPressure',
      health.pidPressure,
      ['KubeletHasSufficientPID', 'KubeletHasInsufficientPID'],
      ['kubelet has sufficient PID available', 'kubelet has insufficient PID available'],
    ),
    health.notReady.length === 0
      ? {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          message: 'kubelet is posting ready status',
        }
      : {
          type: 'Ready',
          status: 'False',
          reason: 'KubeletNotReady',
          message: health.notReady.length === 1 ? health.notReady[0]! : `[${health.notReady.join(', ')}]`,
        },
  ];
}

/** The node's conditions now; those that somebody else owns stay as they are. */
export function nodeConditions(
  old: readonly NodeCondition[] | undefined,
  health: NodeHealth,
  nowMs: number,
): NodeCondition[] {
  const now = toRfc3339(nowMs);
  const ours = wanted(health).map(condition => {
    const before = old?.find(other => other.type === condition.type);
    const same = before?.status === condition.status;
    return {
      type: condition.type,
      status: condition.status,
      lastHeartbeatTime: now,
      lastTransitionTime: (same ? before.lastTransitionTime : undefined) ?? now,
      reason: condition.reason,
      message: condition.message,
    };
  });
  const others = (old ?? []).filter(condition => !ours.some(mine => mine.type === condition.type));
  return [...others, ...ours] as NodeCondition[];
}

/** The labels that every kubelet sets on its node. */
export function nodeLabels(facts: NodeFacts): Record<string, string> {
  const { architecture, operatingSystem } = facts.nodeInfo;
  return {
    'beta.kubernetes.io/arch': architecture,
    'beta.kubernetes.io/os': operatingSystem,
    'kubernetes.io/arch': architecture,
    'kubernetes.io/hostname': facts.name,
    'kubernetes.io/os': operatingSystem,
    ...facts.labels,
  };
}

/** A resource that is not Kubernetes' own: whoever put it on the node looks after it. */
export function isExtendedResource(name: string): boolean {
  return name.includes('/') && !/^([^/]+\.)?kubernetes\.io\//.test(name);
}

function extendedOf(amounts: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(amounts ?? {}).filter(([name]) => isExtendedResource(name)));
}

/** Somebody put an extended resource into a node's capacity, or took it out, and its kubelet has not yet said so. */
export function hasNewExtended(status: Node['status']): boolean {
  const [capacity, allocatable] = [extendedOf(status?.capacity), extendedOf(status?.allocatable)];
  return !deepEqual(capacity, allocatable);
}

/** The node's status as it is to stand; `old` is what the API has. */
export function nodeStatus(
  facts: NodeFacts,
  old: Node['status'],
  health: NodeHealth,
  nowMs: number,
): NonNullable<Node['status']> {
  return {
    ...old,
    capacity: { ...extendedOf(old?.capacity), ...facts.capacity },
    // Nothing is reserved of what others have put there.
    allocatable: { ...extendedOf(old?.capacity), ...facts.allocatable },
    conditions: nodeConditions(old?.conditions, health, nowMs),
    addresses: facts.addresses.map(address => ({ ...address })),
    ...(facts.kubeletPort ? { daemonEndpoints: { kubeletEndpoint: { Port: facts.kubeletPort } } } : {}),
    nodeInfo: facts.nodeInfo,
    declaredFeatures: [...declaredFeatures],
    ...(facts.images ? { images: facts.images.map(image => ({ ...image })) } : {}),
    ...(facts.runtimeHandlers
      ? { runtimeHandlers: facts.runtimeHandlers.map(handler => ({ ...handler })) }
      : {}),
  } as NonNullable<Node['status']>;
}

/** The object that a node registers itself with. */
export function nodeObject(facts: NodeFacts, health: NodeHealth, nowMs: number): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: facts.name,
      labels: nodeLabels(facts),
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: facts.taints ? { taints: facts.taints.map(taint => ({ ...taint })) } : {},
    status: nodeStatus(facts, undefined, health, nowMs),
  } as Node;
}
