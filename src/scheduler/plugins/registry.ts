import type { PodDisruptionBudget } from '#api/generated/types/policy.v1.ts';
import type { Random } from '#base/random.ts';
import type { Client } from '#client/client.ts';
import type { Plugin } from '../framework/plugin.ts';
import { defaultBinder } from './default-binder/plugin.ts';
import { defaultPreemption } from './default-preemption/plugin.ts';
import { imageLocality } from './image-locality/plugin.ts';
import { interPodAffinity } from './inter-pod-affinity/plugin.ts';
import { nodeAffinity } from './node-affinity/plugin.ts';
import { nodeName } from './node-name/plugin.ts';
import { nodePorts } from './node-ports/plugin.ts';
import { nodeResourcesBalancedAllocation } from './node-resources-balanced-allocation/plugin.ts';
import { nodeResourcesFit } from './node-resources-fit/plugin.ts';
import type { ScoringStrategy } from './node-resources-fit/scoring.ts';
import { nodeUnschedulable } from './node-unschedulable/plugin.ts';
import { podTopologySpread } from './pod-topology-spread/plugin.ts';
import { prioritySort } from './priority-sort/plugin.ts';
import { schedulingGates } from './scheduling-gates/plugin.ts';
import { taintToleration } from './taint-toleration/plugin.ts';

/** What plugins are made from. */
export interface PluginContext {
  readonly client: Client;
  readonly random: Random;
  readonly budgets: () => readonly PodDisruptionBudget[];
  readonly scoringStrategy?: ScoringStrategy;
}

export type PluginFactory = (context: PluginContext) => Plugin;

/**
 * Every built-in plugin by its name, which profiles use, in the order in which the default profile runs them: upstream's,
 * which decides whose reason a pod is told where several plugins reject a node.
 */
export const pluginRegistry = {
  SchedulingGates: () => schedulingGates(),
  PrioritySort: () => prioritySort(),
  NodeUnschedulable: () => nodeUnschedulable(),
  NodeName: () => nodeName(),
  TaintToleration: () => taintToleration(),
  NodeAffinity: () => nodeAffinity(),
  NodePorts: () => nodePorts(),
  NodeResourcesFit: context => nodeResourcesFit(context),
  PodTopologySpread: () => podTopologySpread(),
  InterPodAffinity: () => interPodAffinity(),
  DefaultPreemption: context => defaultPreemption(context),
  NodeResourcesBalancedAllocation: () => nodeResourcesBalancedAllocation(),
  ImageLocality: () => imageLocality(),
  DefaultBinder: ({ client }) => defaultBinder(client),
} satisfies Record<string, PluginFactory>;

export type PluginName = keyof typeof pluginRegistry;
