/**
 * The cluster as the scheduler knows it: every node with its pods, kept one change at a time. Pods that were decided
 * on count from the moment of the decision (assumed), long before the server confirms them.
 */
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import { NodeInfo } from './framework/node-info.ts';
import { type PodInfo, podInfo } from './framework/pod-info.ts';
import type { Snapshot } from './framework/plugin.ts';

const zoneLabel = 'topology.kubernetes.io/zone';
const regionLabel = 'topology.kubernetes.io/region';

interface PlacedPod {
  readonly info: PodInfo;
  readonly nodeName: string;
  readonly assumed: boolean;
}

const noPods: readonly PodInfo[] = [];

export class NodeTable implements Snapshot {
  readonly #nodes = new Map<string, NodeInfo>();
  readonly #pods = new Map<string, PlacedPod>();
  readonly #nominated = new Map<string, Map<string, PodInfo>>();
  readonly #nominatedNode = new Map<string, string>();
  readonly #imageNodes = new Map<string, number>();
  readonly #claimUsers = new Map<string, number>();
  readonly #namespaceLabels: (namespace: string) => Readonly<Record<string, string>>;
  #order: readonly NodeInfo[] | undefined;
  #withAffinity = 0;
  #withRequiredAntiAffinity = 0;

  constructor(namespaceLabels: (namespace: string) => Readonly<Record<string, string>>) {
    this.#namespaceLabels = namespaceLabels;
  }

  get nodes(): readonly NodeInfo[] {
    this.#order ??= interleaveZones([...this.#nodes.values()].filter(info => info.node !== undefined));
    return this.#order;
  }

  get(name: string): NodeInfo | undefined {
    return this.#nodes.get(name);
  }

  namespaceLabels(namespace: string): Readonly<Record<string, string>> {
    return this.#namespaceLabels(namespace);
  }

  imageNodeCount(image: string): number {
    return this.#imageNodes.get(image) ?? 0;
  }

  claimUsers(claim: string): number {
    return this.#claimUsers.get(claim) ?? 0;
  }

  get hasAffinity(): boolean {
    return this.#withAffinity > 0;
  }

  get hasRequiredAntiAffinity(): boolean {
    return this.#withRequiredAntiAffinity > 0;
  }

  setNode(node: Node): void {
    const info = this.#nodeInfo(node.metadata.name!);
    const moved = !info.node || zoneOf(info.node.metadata.labels) !== zoneOf(node.metadata.labels);
    this.#countImages(info, -1);
    info.setNode(node);
    this.#countImages(info, 1);
    if (moved) this.#order = undefined;
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name);
    if (!info) return;
    this.#countImages(info, -1);
    this.#order = undefined;
    this.#nodes.delete(name);
    if (info.pods.size === 0) return;
    // Its pods are still known; should it come back, they are on it.
    const rest = this.#nodeInfo(name);
    for (const pod of info.pods.values()) rest.addPod(pod);
  }

  /** Counts a pod on the node that was chosen for it. */
  assume(info: PodInfo, nodeName: string): void {
    this.#place({ info, nodeName, assumed: true });
  }

  /** Takes back an assumption that came to nothing. */
  forget(uid: string): void {
    if (this.#pods.get(uid)?.assumed) this.removePod(uid);
  }

  isAssumed(uid: string): boolean {
    return this.#pods.get(uid)?.assumed ?? false;
  }

  /** A pod that has a node, as the server shows it; confirms an assumption. Answers what it replaces. */
  setPod(pod: Pod): { info: PodInfo; previous: PodInfo | undefined } {
    const info = podInfo(pod);
    const previous = this.#pods.get(info.uid);
    this.removeNomination(info.uid);
    this.#place({ info, nodeName: pod.spec!.nodeName!, assumed: false });
    return { info, previous: previous?.assumed ? undefined : previous?.info };
  }

  removePod(uid: string): PodInfo | undefined {
    const placed = this.#pods.get(uid);
    if (!placed) return undefined;
    this.#pods.delete(uid);
    this.#count(placed.info, -1);
    const node = this.#nodes.get(placed.nodeName);
    node?.removePod(uid);
    if (node && !node.node && node.pods.size === 0) this.#nodes.delete(node.name);
    return placed.info;
  }

  nominatedTo(nodeName: string): readonly PodInfo[] {
    const pods = this.#nominated.get(nodeName);
    return pods ? [...pods.values()] : noPods;
  }

  nominatedNodeOf(uid: string): string | undefined {
    return this.#nominatedNode.get(uid);
  }

  nominate(info: PodInfo, nodeName: string): void {
    this.removeNomination(info.uid);
    this.#nominatedNode.set(info.uid, nodeName);
    const pods = this.#nominated.get(nodeName) ?? new Map<string, PodInfo>();
    this.#nominated.set(nodeName, pods.set(info.uid, info));
  }

  removeNomination(uid: string): void {
    const nodeName = this.#nominatedNode.get(uid);
    if (nodeName === undefined) return;
    this.#nominatedNode.delete(uid);
    const pods = this.#nominated.get(nodeName)!;
    pods.delete(uid);
    if (pods.size === 0) this.#nominated.delete(nodeName);
  }

  #place(placed: PlacedPod): void {
    this.removePod(placed.info.uid);
    this.#pods.set(placed.info.uid, placed);
    this.#count(placed.info, 1);
    this.#nodeInfo(placed.nodeName).addPod(placed.info);
  }

  #count(info: PodInfo, sign: 1 | -1): void {
    if (info.hasAffinity) this.#withAffinity += sign;
    if (info.requiredAntiAffinity.length > 0) this.#withRequiredAntiAffinity += sign;
    for (const { key } of info.claims) addTo(this.#claimUsers, key, sign);
  }

  #nodeInfo(name: string): NodeInfo {
    let info = this.#nodes.get(name);
    if (!info) {
      info = new NodeInfo(name);
      this.#nodes.set(name, info);
    }
    return info;
  }

  #countImages(info: NodeInfo, sign: 1 | -1): void {
    for (const image of info.images.keys()) addTo(this.#imageNodes, image, sign);
  }
}

/** Keeps only what is counted at all. */
function addTo(counts: Map<string, number>, key: string, amount: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + amount;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}

function zoneOf(labels: Readonly<Record<string, string>> | undefined): string {
  return `${labels?.[regionLabel] ?? ''}/${labels?.[zoneLabel] ?? ''}`;
}

/** One node of each zone in turn, so that a search that stops early has looked at all zones alike. */
function interleaveZones(nodes: readonly NodeInfo[]): readonly NodeInfo[] {
  const zones = [...Map.groupBy(nodes, info => zoneOf(info.labels)).values()];
  if (zones.length <= 1) return nodes;
  const longest = Math.max(...zones.map(zone => zone.length));
  const order: NodeInfo[] = [];
  for (let i = 0; i < longest; i++) for (const zone of zones) if (zone[i]) order.push(zone[i]!);
  return order;
}
