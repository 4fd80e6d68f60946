/** Why a pod fits nowhere, in the words that `kubectl describe pod` shows. */
import { compareStrings } from '#machinery/bytes.ts';
import type { Rejection } from './framework/plugin.ts';

export interface Diagnosis {
  readonly nodeCount: number;
  readonly rejections: ReadonlyMap<string, Rejection>;
  /** Reason of the nodes that no filter looked at. */
  readonly absentReason: string;
  /** Set where a pod was refused before any node was looked at. */
  readonly preFilterMessage: string;
  /** The plugins that may change their mind. */
  readonly plugins: ReadonlySet<string>;
}

/** The message of the event and of the pod's condition, without what preemption adds. */
export function diagnosisText(diagnosis: Diagnosis): string {
  const { nodeCount, rejections, absentReason, preFilterMessage } = diagnosis;
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const head = `0/${nodeCount} nodes are available:`;
  if (preFilterMessage !== '') return `${head} ${preFilterMessage}.`;
  const counts = new Map<string, number>();
  const count = (reason: string, by: number) => counts.set(reason, (counts.get(reason) ?? 0) + by);
  for (const { reasons } of rejections.values()) for (const reason of reasons) count(reason, 1);
  if (absentReason !== '' && rejections.size < nodeCount) count(absentReason, nodeCount - rejections.size);
  return histogramText(head, counts);
}

/** 'head 1 a, 2 b.', ordered as text. */
export function histogramText(head: string, counts: ReadonlyMap<string, number>): string {
  const parts = [...counts].map(([reason, number]) => `${number} ${reason}`).sort(compareStrings);
  return parts.length === 0 ? head : `${head} ${parts.join(', ')}.`;
}
