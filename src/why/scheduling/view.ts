/** The cluster as the scheduler would see it, made from facts, and what each of its plugins says of each node. */
import { namespaces, nodes, pods } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { Framework } from '#scheduler/framework.ts';
import type { NodeInfo } from '#scheduler/framework/node-info.ts';
import { isRejection, type NodeFilter, type Plugin, type Rejection } from '#scheduler/framework/plugin.ts';
import { type PodInfo, podInfo } from '#scheduler/framework/pod-info.ts';
import { NodeTable } from '#scheduler/node-table.ts';
import { createFramework, defaultProfile } from '#scheduler/profile.ts';
import type { Facts } from '../facts.ts';
import { pluginContextOf } from './context.ts';

export interface SchedulingView {
  readonly pod: PodInfo;
  readonly table: NodeTable;
  readonly framework: Framework;
}

export function hasEnded(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

export function schedulingView(facts: Facts, pod: Pod): SchedulingView {
  const labelsOf = (namespace: string) => facts.get(namespaces, '', namespace)?.metadata.labels ?? {};
  const table = new NodeTable(labelsOf);
  for (const node of facts.all(nodes)) table.setNode(node);
  for (const other of facts.all(pods)) {
    if (hasEnded(other) || other.metadata.uid === pod.metadata.uid) continue;
    if (other.spec?.nodeName) table.setPod(other);
    else if (other.status?.nominatedNodeName) table.nominate(podInfo(other), other.status.nominatedNodeName);
  }
  const framework = createFramework(
    { ...defaultProfile, plugins: defaultProfile.plugins.filter(plugin => plugin !== 'DefaultBinder') },
    pluginContextOf(facts),
  );
  return { pod: podInfo(pod), table, framework };
}

/** What one plugin says of a pod before it looks at nodes. */
export interface PluginFilter {
  readonly plugin: string;
  readonly filter: NodeFilter;
}

export interface NodeVerdict {
  readonly node: NodeInfo;
  /** Of every plugin that refuses it, in the order in which they run; the scheduler stops at the first. */
  readonly refusals: readonly Rejection[];
}

export interface Judgement {
  /** Where a plugin refuses the pod whatever the node. */
  readonly refusedAtOnce: readonly Rejection[];
  readonly filters: readonly PluginFilter[];
  readonly nodes: readonly NodeVerdict[];
}

/** Asks every plugin about every node. */
export function judge({ pod, table, framework }: SchedulingView): Judgement {
  const filters: PluginFilter[] = [];
  const refusedAtOnce: Rejection[] = [];
  for (const plugin of framework.plugins) {
    const answer = plugin.preFilter?.(pod, table);
    if (answer === undefined) continue;
    if (isRejection(answer)) refusedAtOnce.push(answer);
    else filters.push({ plugin: plugin.name, filter: answer });
  }
  return {
    refusedAtOnce,
    filters,
    nodes: table.nodes.map(node => ({
      node,
      refusals: filters.map(one => refusalOf(one, node)).filter(refusal => refusal !== undefined),
    })),
  };
}

function refusalOf({ plugin, filter }: PluginFilter, node: NodeInfo): Rejection | undefined {
  if (filter.nodeNames && !filter.nodeNames.has(node.name)) {
    return {
      plugin,
      code: 'UnschedulableAndUnresolvable',
      reasons: [`node(s) didn't satisfy plugin ${plugin}`],
    };
  }
  return filter.test(node);
}

/** Whether a plugin would still refuse the node, were the pod another: that shows which part of it is in the way. */
export function refusesChanged(
  { framework, table }: SchedulingView,
  pluginName: string,
  changed: Pod,
  node: NodeInfo,
): boolean {
  const plugin: Plugin | undefined = framework.plugins.find(one => one.name === pluginName);
  const answer = plugin?.preFilter?.(podInfo(changed), table);
  if (answer === undefined) return false;
  return isRejection(answer) || refusalOf({ plugin: pluginName, filter: answer }, node) !== undefined;
}
