import type { Taint } from '#api/generated/types/core.v1.ts';
import { untoleratedTaint } from '#scheduler/framework/tolerations.ts';
import type { LacksOf } from './lack.ts';

/** 'key=value:Effect', as kubectl writes it. */
export function taintText({ key, value, effect }: Taint): string {
  return `${key}${value ? `=${value}` : ''}:${effect}`;
}

/** Taints that the node life-cycle controller sets and takes away by itself. */
const byCondition =
  /^node\.kubernetes\.io\/(not-ready|unreachable|memory-pressure|disk-pressure|pid-pressure)$/;

export const taintLacks: LacksOf = ({ pod }, node) =>
  node.taints
    .filter(taint => untoleratedTaint([taint], pod.pod.spec?.tolerations ?? []))
    .map(taint => ({
      text: `taint ${taintText(taint)} is not tolerated`,
      remedy: remedyOf(taint, node.name),
      distance: 1,
    }));

function remedyOf(taint: Taint, nodeName: string): string {
  if (byCondition.test(taint.key))
    return `mend ${nodeName} (why node ${nodeName}): its state sets ${taint.key}`;
  const untaint = `kubectl taint nodes ${nodeName} ${taint.key}:${taint.effect}-`;
  if (taint.key === 'node.kubernetes.io/unschedulable') return `kubectl uncordon ${nodeName}`;
  return `tolerate ${taintText(taint)} in spec.tolerations, or ${untaint}`;
}
