/** Why a pod fits nowhere, in the words that `kubectl describe pod` shows. */
import { compareStrings } from '#machinery/bytes.ts';
import type { Rejection } from './framework/plugin.ts';

export interface Diagnosis {
  readonly nodeCount: number;
  readonly rejections: ReadonlyMap<string, Rejection>;
  /** On how many nodes each reason stands. */
  readonly reasons: ReadonlyMap<string, number>;
  /** Nodes that filters have looked at. */
  readonly judged: number;
  /** Reason of the nodes that no filter looked at. */
  readonly absentReason: string;
  /** Set where a pod was refused before any node was looked at. */
  readonly preFilterMessage: string;
  /** The plugins that may change their mind. */
  readonly plugins: ReadonlySet<string>;
}

/** The message of the event and of the pod's condition, without what preemption adds. */
export function diagnosisText(diagnosis: Diagnosis): string {
  const { nodeCount, reasons, judged, absentReason, preFilterMessage } = diagnosis;
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const head = `0/${nodeCount} nodes are available:`;
  if (preFilterMessage !== '') return `${head} ${preFilterMessage}.`;
  if (absentReason === '' || judged >= nodeCount) return histogramText(head, reasons);
  const absent = (reasons.get(absentReason) ?? 0) + nodeCount - judged;
  return histogramText(head, new Map([...reasons, [absentReason, absent]]));
}

/** What is said where the one node that was chosen is refused after all. */
export function refusalText({ reasons }: Rejection): string {
  return histogramText('0/1 nodes are available:', new Map(reasons.map(reason => [reason, 1])));
}

/** 'head 1 a, 2 b.', ordered as text. */
export function histogramText(head: string, counts: ReadonlyMap<string, number>): string {
  const parts = [...counts].map(([reason, number]) => `${number} ${reason}`).sort(compareStrings);
  return parts.length === 0 ? head : `${head} ${parts.join(', ')}.`;
}
