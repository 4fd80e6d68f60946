/** The cluster as the scheduler would see it, made from facts, and what each of its plugins says of each node. */
import { namespaces, nodes, pods } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { Framework } from '#scheduler/framework.ts';
import type { NodeInfo } from '#scheduler/framework/node-info.ts';
import { isRejection, type NodeFilter, type Rejection } from '#scheduler/framework/plugin.ts';
import { type PodInfo, podInfo } from '#scheduler/framework/pod-info.ts';
import { NodeTable } from '#scheduler/node-table.ts';
import { createFramework, defaultProfile } from '#scheduler/profile.ts';
import type { Facts } from '../facts.ts';
import { pluginContextOf } from './context.ts';

export class SchedulingView {
  readonly pod: PodInfo;
  readonly table: NodeTable;
  readonly framework: Framework;
  readonly facts: Facts;
  readonly #known = new Map<string, unknown>();

  constructor(facts: Facts, pod: PodInfo, table: NodeTable, framework: Framework) {
    this.facts = facts;
    this.pod = pod;
    this.table = table;
    this.framework = framework;
  }

  /** What is asked of every node and the same for all of them, worked out once. */
  once<T>(key: string, make: () => T): T {
    if (!this.#known.has(key)) this.#known.set(key, make());
    return this.#known.get(key) as T;
  }
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
  return new SchedulingView(facts, podInfo(pod), table, framework);
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
  return { refusedAtOnce, filters, nodes: table.nodes.map(node => judgeNode(pod, table, filters, node)) };
}

/** With the pods that the node is promised to, of no lower priority: preemption has made room for them. */
function judgeNode(
  pod: PodInfo,
  table: NodeTable,
  filters: readonly PluginFilter[],
  node: NodeInfo,
): NodeVerdict {
  const promised = table.nominatedTo(node.name).filter(other => other.priority >= pod.priority);
  if (promised.length > 0) {
    const crowded = node.clone();
    for (const other of promised) {
      crowded.addPod(other);
      for (const { filter } of filters) filter.addPod?.(other, crowded);
    }
    const refusals = refusalsOf(filters, crowded);
    for (const other of promised) for (const { filter } of filters) filter.removePod?.(other, crowded);
    if (refusals.length > 0) return { node: crowded, refusals };
  }
  return { node, refusals: refusalsOf(filters, node) };
}

function refusalsOf(filters: readonly PluginFilter[], node: NodeInfo): Rejection[] {
  return filters.map(one => refusalOf(one, node)).filter(refusal => refusal !== undefined);
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

/**
 * Whether a plugin would still refuse the node, were the pod another: that shows which part of it is in the way. `key` is
 * the change's own.
 */
export function refusesChanged(
  view: SchedulingView,
  pluginName: string,
  key: string,
  change: () => Pod,
  node: NodeInfo,
): boolean {
  const answer = view.once(`${pluginName} ${key}`, () => {
    const plugin = view.framework.plugins.find(one => one.name === pluginName);
    return plugin?.preFilter?.(podInfo(change()), view.table);
  });
  if (answer === undefined) return false;
  return isRejection(answer) || refusalOf({ plugin: pluginName, filter: answer }, node) !== undefined;
}
