import type { NodeInfo } from '#scheduler/framework/node-info.ts';
import type { Rejection } from '#scheduler/framework/plugin.ts';
import type { SchedulingView } from './view.ts';

export interface Lack {
  /** On this node, e.g. 'short of 1.5 cpu'. */
  readonly text: string;
  /** What would change it on this node. */
  readonly remedy: string;
  /** From 0, as good as there, to 1, wholly missing. */
  readonly distance: number;
}

/** All that one plugin finds lacking on one node. */
export type LacksOf = (view: SchedulingView, node: NodeInfo, rejection: Rejection) => readonly Lack[];
