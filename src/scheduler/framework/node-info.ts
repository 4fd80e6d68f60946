/** A node with what its pods take up, kept as pods come and go. */
import type { Node, Taint } from '#api/generated/types/core.v1.ts';
import { quantityValue } from '#machinery/quantity.ts';
import type { HostPort, PodInfo } from './pod-info.ts';
import { readResources, type Resources, ResourceTotals } from './resources.ts';

const anyAddress = '0.0.0.0';

export class NodeInfo {
  readonly name: string;
  /** Absent while only pods are known of it. */
  node: Node | undefined;
  labels: Readonly<Record<string, string>> = {};
  taints: readonly Taint[] = [];
  allocatable: Resources = new ResourceTotals();
  allowedPods = 0;
  /** Bytes by normalised image name. */
  images: ReadonlyMap<string, number> = new Map();
  readonly pods = new Map<string, PodInfo>();
  readonly podsWithAffinity = new Set<PodInfo>();
  readonly podsWithRequiredAntiAffinity = new Set<PodInfo>();
  requested = new ResourceTotals();
  scoringRequested = new ResourceTotals();
  /** How many pods each owner (the first owner reference) has here, those on their way out left aside. */
  readonly #owned = new Map<string, number>();
  /** Addresses in use by 'protocol/port', one for each pod that uses it. */
  readonly #ports = new Map<string, string[]>();

  constructor(name: string) {
    this.name = name;
  }

  setNode(node: Node): void {
    this.node = node;
    this.labels = node.metadata.labels ?? {};
    this.taints = node.spec?.taints ?? [];
    const { allocatable, images } = node.status ?? {};
    this.allocatable = readResources(allocatable);
    this.allowedPods = quantityValue(allocatable?.pods ?? '0');
    this.images = new Map(
      (images ?? []).flatMap(image =>
        (image.names ?? []).map((name): [string, number] => [name, image.sizeBytes ?? 0]),
      ),
    );
  }

  addPod(pod: PodInfo): void {
    this.pods.set(pod.uid, pod);
    this.#count(pod, 1);
    if (pod.hasAffinity) this.podsWithAffinity.add(pod);
    if (pod.requiredAntiAffinity.length > 0) this.podsWithRequiredAntiAffinity.add(pod);
    for (const { protocol, port, ip } of pod.hostPorts) {
      const addresses = this.#ports.get(`${protocol}/${port}`);
      if (addresses) addresses.push(ip);
      else this.#ports.set(`${protocol}/${port}`, [ip]);
    }
  }

  removePod(uid: string): void {
    const pod = this.pods.get(uid);
    if (!pod) return;
    this.pods.delete(uid);
    this.#count(pod, -1);
    this.podsWithAffinity.delete(pod);
    this.podsWithRequiredAntiAffinity.delete(pod);
    for (const { protocol, port, ip } of pod.hostPorts) {
      const addresses = this.#ports.get(`${protocol}/${port}`)!;
      addresses.splice(addresses.indexOf(ip), 1);
      if (addresses.length === 0) this.#ports.delete(`${protocol}/${port}`);
    }
  }

  ownedPods(ownerUid: string): number {
    return this.#owned.get(ownerUid) ?? 0;
  }

  /** Whether a port of the node is taken; an address of all zeros is every address. */
  portTaken({ protocol, port, ip }: HostPort): boolean {
    const addresses = this.#ports.get(`${protocol}/${port}`);
    if (!addresses) return false;
    return ip === anyAddress || addresses.includes(anyAddress) || addresses.includes(ip);
  }

  /** A copy to try things on. */
  clone(): NodeInfo {
    const copy = new NodeInfo(this.name);
    if (this.node) copy.setNode(this.node);
    for (const pod of this.pods.values()) copy.addPod(pod);
    return copy;
  }

  #count(pod: PodInfo, sign: 1 | -1): void {
    this.requested.add(pod.requests, sign);
    this.scoringRequested.add(pod.scoringRequests, sign);
    if (pod.ownerUid === undefined || pod.pod.metadata.deletionTimestamp) return;
    const owned = this.ownedPods(pod.ownerUid) + sign;
    if (owned > 0) this.#owned.set(pod.ownerUid, owned);
    else this.#owned.delete(pod.ownerUid);
  }
}
