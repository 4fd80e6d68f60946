/**
 * The cluster as the scheduler knows it: every node with its pods, kept one change at a time. Pods that were decided
 * on count from the moment of the decision (assumed), long before the server confirms them.
 */
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { StringMap } from '#base/string-map.ts';
import { Generations, NodeInfo } from './framework/node-info.ts';
import { type PodInfo, podInfo, podUid } from './framework/pod-info.ts';
import { PodCounts } from './framework/pod-counts.ts';
import { sameRequests } from './framework/resources.ts';
import { PodKinds } from './framework/pod-kind.ts';
import type { NodeColumns, PodFreed, Snapshot } from './framework/plugin.ts';

const zoneLabel = 'topology.kubernetes.io/zone';
const regionLabel = 'topology.kubernetes.io/region';

interface PlacedPod {
  readonly info: PodInfo;
  readonly nodeName: string;
  readonly assumed: boolean;
}

const noPods: readonly PodInfo[] = [];

export class NodeTable implements Snapshot {
  readonly kinds = new PodKinds();
  readonly counts = new PodCounts();
  readonly #generations = new Generations();
  readonly #freeSlots: number[] = [];
  #slots = 0;
  readonly #nodes = new Map<string, NodeInfo>();
  readonly #pods = new StringMap<PlacedPod>();
  readonly #nominated = new Map<string, StringMap<PodInfo>>();
  readonly #nominatedNode = new StringMap<string>();
  readonly #imageNodes = new Map<string, number>();
  readonly #claimUsers = new Map<string, number>();
  readonly #namespaceLabels: (namespace: string) => Readonly<Record<string, string>>;
  #order: readonly NodeInfo[] | undefined;
  #columns: NodeColumns | undefined;
  #withAffinity = 0;
  #withRequiredAntiAffinity = 0;

  constructor(namespaceLabels: (namespace: string) => Readonly<Record<string, string>>) {
    this.#namespaceLabels = namespaceLabels;
  }

  get nodes(): readonly NodeInfo[] {
    if (this.#order) return this.#order;
    this.#columns = undefined;
    this.#order = interleaveZones([...this.#nodes.values()].filter(info => info.node !== undefined));
    return this.#order;
  }

  get columns(): NodeColumns {
    const { nodes } = this;
    this.#columns ??= {
      slots: Int32Array.from(nodes, ({ slot }) => slot),
      generations: this.#generations,
    };
    return this.#columns;
  }

  get(name: string): NodeInfo | undefined {
    return this.#nodes.get(name);
  }

  /** How much there is, by upstream's names. */
  sizes(): Record<'assumed_pods' | 'nodes' | 'pods', number> {
    let assumed = 0;
    for (const pod of this.#pods.values()) if (pod.assumed) assumed++;
    return { assumed_pods: assumed, nodes: this.nodes.length, pods: this.#pods.size };
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
    const { images } = info;
    if (!info.changes(node)) {
      info.node = node;
      return;
    }
    this.counts.removeNode(info);
    info.setNode(node);
    this.counts.addNode(info);
    for (const image of images.keys()) addTo(this.#imageNodes, image, -1);
    for (const image of info.images.keys()) addTo(this.#imageNodes, image, 1);
    if (moved) this.#order = undefined;
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name);
    if (!info?.node) return;
    for (const image of info.images.keys()) addTo(this.#imageNodes, image, -1);
    this.counts.removeNode(info);
    info.unsetNode();
    this.#order = undefined;
    // Its pods are still known; should it come back, they are on it.
    this.#dropIfEmpty(info);
  }

  /** Counts a pod on the node that was chosen for it, and no longer where one is promised to it; the promise itself is kept. */
  assume(info: PodInfo, nodeName: string): void {
    this.#uncountNomination(info.uid);
    this.#place({ info, nodeName, assumed: true });
  }

  isAssumed(uid: string): boolean {
    return this.#pods.get(uid)?.assumed ?? false;
  }

  /** The server has shown it on its node. */
  isConfirmed(uid: string): boolean {
    return this.#pods.get(uid)?.assumed === false;
  }

  /** Takes a pod away, and tells of what that frees. */
  free(uid: string): PodFreed | undefined {
    const promised = this.#nominatedNode.get(uid);
    const waiting = this.#nominated.get(promised ?? '')?.get(uid);
    this.removeNomination(uid);
    const nodeName = this.#pods.get(uid)?.nodeName ?? promised;
    const pod = this.removePod(uid) ?? waiting;
    if (!pod || nodeName === undefined) return undefined;
    const node = this.#nodes.get(nodeName);
    const others = this.nominatedTo(nodeName);
    return { type: 'podFreed', pod, node, crowd: node && crowded(node, others) };
  }

  /** A pod that has a node, as the server shows it; confirms an assumption. Answers what it replaces. */
  setPod(pod: Pod): { info: PodInfo; previous: PodInfo | undefined } {
    const uid = podUid(pod);
    const nodeName = pod.spec!.nodeName!;
    const placed = this.#pods.get(uid);
    const previous = placed?.assumed ? undefined : placed?.info;
    this.removeNomination(uid);
    if (placed?.nodeName === nodeName && takesUpTheSame(placed.info.pod, pod)) {
      const info = { ...placed.info, pod };
      this.#pods.set(uid, { info, nodeName, assumed: false });
      this.#nodes.get(nodeName)!.replacePod(info);
      return { info, previous };
    }
    const info = podInfo(pod, placed?.info);
    this.#place({ info, nodeName, assumed: false });
    return { info, previous };
  }

  removePod(uid: string): PodInfo | undefined {
    const placed = this.#pods.get(uid);
    if (!placed) return undefined;
    this.#pods.delete(uid);
    this.#count(placed.info, -1);
    const node = this.#nodes.get(placed.nodeName)!;
    this.counts.addPod(placed.info, node, -1);
    node.removePod(uid);
    this.#dropIfEmpty(node);
    return placed.info;
  }

  nominatedTo(nodeName: string): readonly PodInfo[] {
    const pods = this.#nominated.size === 0 ? undefined : this.#nominated.get(nodeName);
    return pods ? [...pods.values()] : noPods;
  }

  nominatedNodeOf(uid: string): string | undefined {
    return this.#nominatedNode.get(uid);
  }

  nominate(info: PodInfo, nodeName: string): void {
    if (this.#nominated.get(nodeName)?.get(info.uid)?.pod === info.pod) return;
    this.removeNomination(info.uid);
    this.#nominatedNode.set(info.uid, nodeName);
    const pods = this.#nominated.get(nodeName) ?? new StringMap<PodInfo>();
    this.#nominated.set(nodeName, pods.set(info.uid, info));
    this.#nodes.get(nodeName)?.touch();
  }

  removeNomination(uid: string): void {
    this.#uncountNomination(uid);
    this.#nominatedNode.delete(uid);
  }

  #uncountNomination(uid: string): void {
    const nodeName = this.#nominatedNode.get(uid);
    const pods = nodeName === undefined ? undefined : this.#nominated.get(nodeName);
    if (nodeName === undefined || !pods?.delete(uid)) return;
    if (pods.size === 0) this.#nominated.delete(nodeName);
    this.#nodes.get(nodeName)?.touch();
  }

  #place(placed: PlacedPod): void {
    this.removePod(placed.info.uid);
    this.#pods.set(placed.info.uid, placed);
    this.#count(placed.info, 1);
    const node = this.#nodeInfo(placed.nodeName);
    node.addPod(placed.info);
    this.counts.addPod(placed.info, node, 1);
  }

  #count(info: PodInfo, sign: 1 | -1): void {
    if (info.hasAffinity) this.#withAffinity += sign;
    if (info.requiredAntiAffinity.length > 0) this.#withRequiredAntiAffinity += sign;
    for (const { key } of info.claims) addTo(this.#claimUsers, key, sign);
  }

  #nodeInfo(name: string): NodeInfo {
    let info = this.#nodes.get(name);
    if (!info) {
      info = new NodeInfo(name, this.#freeSlots.pop() ?? this.#slots++, this.#generations);
      this.#nodes.set(name, info);
    }
    return info;
  }

  #dropIfEmpty({ name, node, pods, slot }: NodeInfo): void {
    if (node || pods.size > 0) return;
    this.#nodes.delete(name);
    this.#freeSlots.push(slot);
  }
}

/** The copy is made when it is first asked for. */
function crowded(node: NodeInfo, promised: readonly PodInfo[]): PodFreed['crowd'] {
  if (promised.length === 0) return undefined;
  let copy: NodeInfo | undefined;
  return {
    promised,
    get node() {
      if (!copy) {
        copy = node.clone();
        for (const pod of promised) copy.addPod(pod);
      }
      return copy;
    },
  };
}

/** Whether two states of a pod count alike in everything that decisions look at, the node aside. */
function takesUpTheSame(a: Pod, b: Pod): boolean {
  return (
    a.metadata.deletionTimestamp === b.metadata.deletionTimestamp &&
    a.status?.startTime === b.status?.startTime &&
    sameRequests(a, b) &&
    deepEqual(a.metadata.labels, b.metadata.labels) &&
    deepEqual(a.metadata.ownerReferences, b.metadata.ownerReferences) &&
    deepEqual({ ...a.spec, nodeName: undefined }, { ...b.spec, nodeName: undefined })
  );
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
