import { toRfc3339 } from '#base/clock.ts';
import type { Lease } from '#api/generated/types/coordination.v1.ts';
import type { Node, NodeCondition } from '#api/generated/types/core.v1.ts';
import { findCondition } from '../shared/conditions.ts';

// kube-controller-manager's --node-monitor-grace-period and --node-startup-grace-period.
const graceMs = 50_000;
const startupGraceMs = 60_000;
const watched = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

interface Sign {
  text: string;
  atMs: number;
}

/**
 * When each node last gave a sign of life, by this process's own clock: what a node writes as the time of its lease
 * or heartbeat counts as changed or not, never as a time.
 */
export class NodeHealth {
  readonly #leases = new Map<string, Sign>();
  readonly #statuses = new Map<string, Sign>();

  seeLease(lease: Lease, nowMs: number): void {
    note(this.#leases, lease.metadata.name!, lease.spec?.renewTime ?? '', nowMs);
  }

  seeNode(node: Node, nowMs: number): void {
    const beats = (node.status?.conditions ?? []).map(condition => condition.lastHeartbeatTime).join();
    note(this.#statuses, node.metadata.name!, beats, nowMs);
  }

  forget(name: string): void {
    this.#leases.delete(name);
    this.#statuses.delete(name);
  }

  /** Milliseconds until the node counts as silent; 0 or less: it does. */
  silentInMs(node: Node, nowMs: number): number {
    const name = node.metadata.name!;
    const last = Math.max(this.#leases.get(name)?.atMs ?? 0, this.#statuses.get(name)?.atMs ?? 0);
    const hasReported = findCondition(node.status?.conditions, 'Ready') !== undefined;
    return last + (hasReported ? graceMs : startupGraceMs) - nowMs;
  }
}

function note(signs: Map<string, Sign>, name: string, text: string, nowMs: number): void {
  if (signs.get(name)?.text !== text) signs.set(name, { text, atMs: nowMs });
}

/** The conditions of a silent node: what it last said is no longer known. The same array where that is shown already. */
export function unknownConditions(node: Node, nowMs: number): readonly NodeCondition[] {
  const before = node.status?.conditions ?? [];
  const now = toRfc3339(nowMs);
  const conditions = before.map(condition =>
    watched.includes(condition.type) && condition.status !== 'Unknown'
      ? {
          ...condition,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          lastTransitionTime: now,
        }
      : condition,
  );
  const missing = watched.filter(type => !findCondition(before, type));
  if (missing.length === 0 && conditions.every((condition, i) => condition === before[i])) return before;
  const never = missing.map(type => ({
    type,
    status: 'Unknown',
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
    lastHeartbeatTime: node.metadata.creationTimestamp,
    lastTransitionTime: now,
  }));
  return [...conditions, ...never];
}
