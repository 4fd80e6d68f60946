/** What a kubelet tells of its node, as Events. */
import type { EventType } from '#client/events.ts';
import type { Node, NodeCondition } from '../types.ts';
import type { NodeFacts } from './node-object.ts';

export interface NodeNews {
  /** Default: Normal. */
  readonly type?: EventType;
  readonly reason: string;
  /** Default: that this is the node's status now. */
  readonly message?: string;
}

/** Of each condition, the reason when it is False and when it is True. */
const reasons: Readonly<Record<string, readonly [string, string]>> = {
  MemoryPressure: ['NodeHasSufficientMemory', 'NodeHasInsufficientMemory'],
  DiskPressure: ['NodeHasNoDiskPressure', 'NodeHasDiskPressure'],
  PIDPressure: ['NodeHasSufficientPID', 'NodeHasInsufficientPID'],
  Ready: ['NodeNotReady', 'NodeReady'],
};

/** Of the conditions that changed. That there is no pressure is news on a new node; that it is not ready is none. */
export function conditionNews(
  old: readonly NodeCondition[] | undefined,
  now: readonly NodeCondition[] = [],
): NodeNews[] {
  return now.flatMap(({ type, status }) => {
    const before = old?.find(other => other.type === type);
    const isNews = before ? before.status !== status : type !== 'Ready';
    const told = reasons[type];
    return told && isNews ? [{ reason: told[status === 'True' ? 1 : 0] }] : [];
  });
}

export function rebootNews({ name, nodeInfo }: NodeFacts, old: Node['status']): NodeNews[] {
  const before = old?.nodeInfo?.bootID;
  if (!before || before === nodeInfo.bootID) return [];
  const message = `Node ${name} has been rebooted, boot id: ${nodeInfo.bootID}`;
  return [{ type: 'Warning', reason: 'Rebooted', message }];
}
