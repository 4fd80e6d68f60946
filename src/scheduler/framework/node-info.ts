/** A node with what its pods take up, kept as pods come and go. */
import type { Node, Taint } from '#api/generated/types/core.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { StringMap } from '#base/string-map.ts';
import { quantityValue } from '#machinery/quantity.ts';
import type { HostPort, PodInfo } from './pod-info.ts';
import { readResources, type Resources, ResourceTotals } from './resources.ts';

const anyAddress = '0.0.0.0';
const noImages: ReadonlyMap<string, number> = new Map();
const noPorts: ReadonlyMap<string, string[]> = new Map();

/** Changes that are remembered one by one: far more than one decision makes. */
const changesKept = 4096;

/** Numbers the changes of all nodes of a table: no two nodes ever have the same number. */
export class Generations {
  #last = 0;
  /** The slots of the last changes, in a ring. */
  readonly #changed = new Int32Array(changesKept);
  /** The number of a node's last change that placement may depend on. */
  bySlot = new Float64Array(64);

  /** The number of the last change of any node. */
  get last(): number {
    return this.#last;
  }

  touch(slot: number): void {
    if (slot >= this.bySlot.length) {
      const grown = new Float64Array(2 * slot);
      grown.set(this.bySlot);
      this.bySlot = grown;
    }
    this.bySlot[slot] = ++this.#last;
    this.#changed[this.#last % changesKept] = slot;
  }

  /** Gives `value` to the slots that changed after `change`: to all where there were too many. */
  mark(column: Uint8Array, change: number, value: number): void {
    if (this.#last - change > changesKept) column.fill(value);
    else for (let i = change + 1; i <= this.#last; i++) column[this.#changed[i % changesKept]!] = value;
  }
}

export class NodeInfo {
  readonly name: string;
  /** Its place in columns over nodes; a copy has that of the real one. */
  readonly slot: number;
  /** Absent while only pods are known of it. */
  node: Node | undefined;
  labels: Readonly<Record<string, string>> = {};
  taints: readonly Taint[] = [];
  allocatable: Resources = new ResourceTotals();
  allowedPods = 0;
  /** Bytes by normalised image name. */
  images = noImages;
  readonly pods = new StringMap<PodInfo>();
  requested = new ResourceTotals();
  scoringRequested = new ResourceTotals();
  readonly #generations: Generations | undefined;
  /** Addresses in use by 'protocol/port', one for each pod that uses it. */
  #ports = noPorts;

  /** Without `generations` its changes matter to nobody. */
  constructor(name: string, slot = 0, generations?: Generations) {
    this.name = name;
    this.slot = slot;
    this.#generations = generations;
    this.touch();
  }

  /** Something about the node changed. */
  touch(): void {
    this.#generations?.touch(this.slot);
  }

  /** Whether anything is new that placement may depend on: heartbeats change nothing. */
  changes(node: Node): boolean {
    return !this.node || !samePlacement(this.node, node);
  }

  setNode(node: Node): void {
    this.node = node;
    this.touch();
    this.labels = node.metadata.labels ?? {};
    this.taints = node.spec?.taints ?? [];
    const { allocatable, images } = node.status ?? {};
    this.allocatable = readResources(allocatable);
    this.allowedPods = quantityValue(allocatable?.pods ?? '0');
    const sizes = (images ?? []).flatMap(image =>
      (image.names ?? []).map((name): [string, number] => [name, Number(image.sizeBytes ?? 0)]),
    );
    this.images = sizes.length === 0 ? noImages : new Map(sizes);
  }

  /** Only its pods are known of it from now on. */
  unsetNode(): void {
    this.node = undefined;
    this.images = noImages;
    this.touch();
  }

  addPod(pod: PodInfo): void {
    this.touch();
    this.pods.set(pod.uid, pod);
    this.#count(pod, 1);
    for (const { protocol, port, ip } of pod.hostPorts) {
      const addresses = this.#ports.get(`${protocol}/${port}`);
      if (addresses) addresses.push(ip);
      else this.#ownPorts().set(`${protocol}/${port}`, [ip]);
    }
  }

  /** Puts a pod's newer state in its place, which takes up the same. */
  replacePod(pod: PodInfo): void {
    this.pods.set(pod.uid, pod);
  }

  removePod(uid: string): void {
    const pod = this.pods.get(uid);
    if (!pod) return;
    this.touch();
    this.pods.delete(uid);
    this.#count(pod, -1);
    for (const { protocol, port, ip } of pod.hostPorts) {
      const addresses = this.#ports.get(`${protocol}/${port}`)!;
      addresses.splice(addresses.indexOf(ip), 1);
      if (addresses.length === 0) this.#ownPorts().delete(`${protocol}/${port}`);
    }
  }

  /** Whether a port of the node is taken; an address of all zeros is every address. */
  portTaken({ protocol, port, ip }: HostPort): boolean {
    const addresses = this.#ports.get(`${protocol}/${port}`);
    return addresses?.some(other => addressesConflict(ip, other)) ?? false;
  }

  /** A copy to try things on. */
  clone(): NodeInfo {
    const copy = new NodeInfo(this.name, this.slot);
    copy.node = this.node;
    copy.labels = this.labels;
    copy.taints = this.taints;
    copy.allocatable = this.allocatable;
    copy.allowedPods = this.allowedPods;
    copy.images = this.images;
    for (const [uid, pod] of this.pods) copy.pods.set(uid, pod);
    for (const [port, addresses] of this.#ports) copy.#ownPorts().set(port, [...addresses]);
    copy.requested.add(this.requested);
    copy.scoringRequested.add(this.scoringRequested);
    return copy;
  }

  /** Made when a pod wants one: most nodes have none. */
  #ownPorts(): Map<string, string[]> {
    if (this.#ports === noPorts) this.#ports = new Map();
    return this.#ports as Map<string, string[]>;
  }

  #count(pod: PodInfo, sign: 1 | -1): void {
    this.requested.add(pod.requests, sign);
    this.scoringRequested.add(pod.scoringRequests, sign);
  }
}

function addressesConflict(a: string, b: string): boolean {
  return a === anyAddress || b === anyAddress || a === b;
}

/** Whether two pods of one node cannot have these at once. */
export function portsConflict(a: HostPort, b: HostPort): boolean {
  return a.protocol === b.protocol && a.port === b.port && addressesConflict(a.ip, b.ip);
}

function samePlacement(a: Node, b: Node): boolean {
  return (
    deepEqual(a.spec, b.spec) &&
    deepEqual(a.metadata.labels, b.metadata.labels) &&
    deepEqual(a.metadata.annotations, b.metadata.annotations) &&
    deepEqual(a.status?.allocatable, b.status?.allocatable) &&
    deepEqual(a.status?.images, b.status?.images) &&
    deepEqual(a.status?.declaredFeatures, b.status?.declaredFeatures)
  );
}
