import type { Plugin } from '../framework/plugin.ts';
import type { PluginContext } from '../framework/plugin-context.ts';
import { defaultBinder } from './default-binder/plugin.ts';
import { defaultPreemption, type DefaultPreemptionOptions } from './default-preemption/plugin.ts';
import { dynamicResources } from './dynamic-resources/plugin.ts';
import { imageLocality } from './image-locality/plugin.ts';
import { interPodAffinity, type InterPodAffinityOptions } from './inter-pod-affinity/plugin.ts';
import { nodeAffinity, type NodeAffinityOptions } from './node-affinity/plugin.ts';
import { nodeDeclaredFeatures } from './node-declared-features/plugin.ts';
import { nodeName } from './node-name/plugin.ts';
import { nodePorts } from './node-ports/plugin.ts';
import {
  nodeResourcesBalancedAllocation,
  type NodeResourcesBalancedAllocationOptions,
} from './node-resources-balanced-allocation/plugin.ts';
import { nodeResourcesFit, type NodeResourcesFitOptions } from './node-resources-fit/plugin.ts';
import { nodeUnschedulable } from './node-unschedulable/plugin.ts';
import { nodeVolumeLimits } from './node-volume-limits/plugin.ts';
import type { PodTopologySpreadOptions } from './pod-topology-spread/default-constraints.ts';
import { podTopologySpread } from './pod-topology-spread/plugin.ts';
import { prioritySort } from './priority-sort/plugin.ts';
import { schedulingGates } from './scheduling-gates/plugin.ts';
import { taintToleration } from './taint-toleration/plugin.ts';
import { volumeBinding, type VolumeBindingOptions } from './volume-binding/plugin.ts';
import { volumeRestrictions } from './volume-restrictions/plugin.ts';
import { volumeZone } from './volume-zone/plugin.ts';

/** What a profile sets its plugins to, by their names: the built-in ones, and any other. */
export interface PluginArgs {
  readonly [plugin: string]: unknown;
  readonly DefaultPreemption?: Pick<
    DefaultPreemptionOptions,
    'minCandidateNodesAbsolute' | 'minCandidateNodesPercentage'
  >;
  readonly InterPodAffinity?: InterPodAffinityOptions;
  readonly NodeAffinity?: NodeAffinityOptions;
  readonly NodeResourcesBalancedAllocation?: NodeResourcesBalancedAllocationOptions;
  readonly NodeResourcesFit?: NodeResourcesFitOptions;
  readonly PodTopologySpread?: PodTopologySpreadOptions;
  readonly VolumeBinding?: VolumeBindingOptions;
}

export type PluginFactory = (context: PluginContext & { readonly args: PluginArgs }) => Plugin;

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
  NodeAffinity: ({ args }) => nodeAffinity(args.NodeAffinity),
  NodePorts: () => nodePorts(),
  NodeResourcesFit: ({ args }) => nodeResourcesFit(args.NodeResourcesFit),
  VolumeRestrictions: context => volumeRestrictions(context),
  NodeVolumeLimits: context => nodeVolumeLimits(context),
  VolumeBinding: ({ args, ...context }) => volumeBinding(context, args.VolumeBinding),
  VolumeZone: context => volumeZone(context),
  PodTopologySpread: ({ args, ...context }) => podTopologySpread(context, args.PodTopologySpread),
  InterPodAffinity: ({ args }) => interPodAffinity(args.InterPodAffinity),
  DynamicResources: context => dynamicResources(context),
  NodeDeclaredFeatures: () => nodeDeclaredFeatures(),
  DefaultPreemption: ({ args, ...context }) => defaultPreemption({ ...context, ...args.DefaultPreemption }),
  NodeResourcesBalancedAllocation: ({ args }) =>
    nodeResourcesBalancedAllocation(args.NodeResourcesBalancedAllocation),
  ImageLocality: () => imageLocality(),
  DefaultBinder: ({ client }) => defaultBinder(client),
} satisfies Record<string, PluginFactory>;

export type PluginName = keyof typeof pluginRegistry;
