import { canonicalQuantity } from '#machinery/quantity.ts';
import type { Signal } from '../eviction/signals.ts';
import { amountOf, binaryQuantity, isHard, type Threshold } from '../eviction/thresholds.ts';
import type { MachineFacts } from '../host/port.ts';
import type { Image } from '../runtime.ts';
import { kubernetesVersion, type NodeFacts } from './node-object.ts';

export interface NodeSettings {
  readonly nodeName: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: NodeFacts['taints'];
  /** Default: maxPodsDefault. */
  readonly maxPods?: number;
  readonly kubeletPort: number;
  /** Of eviction: what hard ones say of memory and disk is kept from pods. */
  readonly thresholds: readonly Threshold[];
  /** The first is the node's own; default: the machine's. */
  readonly addresses?: readonly string[];
}

export const maxPodsDefault = 110;
const imagesMax = 50;

function kibibytes(bytes: number): string {
  return canonicalQuantity(`${Math.floor(bytes / 1_024)}Ki`);
}

/** The images that a node's status lists: the largest ones, by upstream's limit. */
export function nodeImages(images: readonly Image[]): NodeFacts['images'] {
  return [...images]
    .sort((a, b) => b.sizeBytes - a.sizeBytes || (a.id < b.id ? -1 : 1))
    .slice(0, imagesMax)
    .map(image => ({
      names: [...image.repoDigests, ...image.repoTags].slice(0, 5),
      sizeBytes: image.sizeBytes,
    }));
}

/** What eviction, which is hard, leaves of a resource that is told in whole KiB. */
function unreserved(bytes: number, thresholds: readonly Threshold[], signal: Signal): number {
  const capacity = bytes - (bytes % 1_024);
  const hard = thresholds.find(one => one.signal === signal && isHard(one));
  return Math.max(0, capacity - (hard ? amountOf(hard.value, capacity) : 0));
}

/** What this machine can give to pods; `images` undefined: not known now. Hard eviction's reserves are kept from the allocatable, as upstream does. */
export function nodeFacts(
  machine: MachineFacts,
  settings: NodeSettings,
  runtimeVersion: string,
  images: readonly Image[] | undefined,
): NodeFacts {
  const pods = String(settings.maxPods ?? maxPodsDefault);
  const common = { cpu: String(machine.cpus), 'hugepages-1Gi': '0', 'hugepages-2Mi': '0', pods };
  const addresses = settings.addresses ?? machine.addresses;
  const left = (bytes: number, signal: Signal) => unreserved(bytes, settings.thresholds, signal);
  return {
    name: settings.nodeName,
    ...(settings.labels ? { labels: settings.labels } : {}),
    ...(settings.taints ? { taints: settings.taints } : {}),
    addresses: [
      ...addresses.map(address => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: settings.nodeName },
    ],
    capacity: {
      ...common,
      'ephemeral-storage': kibibytes(machine.diskBytes),
      memory: kibibytes(machine.memoryBytes),
    },
    allocatable: {
      ...common,
      'ephemeral-storage': binaryQuantity(left(machine.diskBytes, 'nodefs.available')),
      memory: binaryQuantity(left(machine.memoryBytes, 'memory.available')),
    },
    nodeInfo: {
      machineID: machine.machineId,
      systemUUID: machine.systemUuid,
      bootID: machine.bootId,
      kernelVersion: machine.kernelVersion,
      osImage: machine.osImage,
      containerRuntimeVersion: runtimeVersion,
      kubeletVersion: kubernetesVersion,
      kubeProxyVersion: '',
      operatingSystem: machine.operatingSystem,
      architecture: machine.architecture,
    },
    kubeletPort: settings.kubeletPort,
    ...(images ? { images: nodeImages(images) } : {}),
  };
}
