/** What drivers publish: pools of devices, as the newest of their slices have them. */
import { type NodeMatcher, nodeTermMatcher, type SelectableNode } from '#api/node-selection.ts';
import type { NodeSelector } from '#api/generated/types/core.v1.ts';
import type { Device, ResourceSlice } from '#api/generated/types/resource.v1.ts';

export interface PublishedDevice {
  /** 'driver/pool/device'. */
  readonly id: string;
  readonly pool: Pool;
  readonly slice: ResourceSlice;
  readonly device: Device;
}

export interface Pool {
  /** 'driver/pool'. */
  readonly id: string;
  readonly driver: string;
  readonly name: string;
  /** Those of the newest generation. */
  readonly slices: readonly ResourceSlice[];
  readonly devices: readonly PublishedDevice[];
  /** False while the driver has not published all slices of a new generation. */
  readonly complete: boolean;
  /** False where two of its devices have one name. */
  readonly valid: boolean;
}

/** A pool's devices that a node reaches. */
export interface PoolOnNode {
  readonly pool: Pool;
  readonly devices: readonly PublishedDevice[];
}

/** Where a device is: as it says itself, or its slice for all in it. */
export function placeOf({ slice, device }: Pick<PublishedDevice, 'slice' | 'device'>): Place {
  return slice.spec.perDeviceNodeSelection ? device : slice.spec;
}

export type Place = Pick<Device, 'nodeName' | 'nodeSelector' | 'allNodes'>;

export function deviceId(device: { driver: string; pool: string; device: string }): string {
  return `${device.driver}/${device.pool}/${device.device}`;
}

/** Absent: any node. */
export function nodeSelectorMatcher(selector: NodeSelector | undefined): NodeMatcher {
  if (!selector) return () => true;
  const terms = selector.nodeSelectorTerms.map(nodeTermMatcher);
  return node => terms.some(matches => matches(node));
}

export class PoolIndex {
  /** Pools of one node alone, by its name. */
  readonly #local = new Map<string, Pool[]>();
  readonly #shared: Pool[] = [];
  readonly #byId: ReadonlyMap<string, Pool>;
  readonly #matchers = new Map<NodeSelector, NodeMatcher>();

  constructor(slices: readonly ResourceSlice[]) {
    const pools = gather(slices);
    this.#byId = new Map(pools.map(pool => [pool.id, pool]));
    for (const pool of pools) {
      const nodeNames = new Set(pool.slices.map(({ spec }) => spec.nodeName ?? ''));
      const [only = ''] = nodeNames;
      if (nodeNames.size > 1 || only === '') this.#shared.push(pool);
      else this.#local.set(only, [...(this.#local.get(only) ?? []), pool]);
    }
  }

  get(id: string): Pool | undefined {
    return this.#byId.get(id);
  }

  /** The pools that have anything for a node. */
  on(node: SelectableNode): readonly PoolOnNode[] {
    const pools = [...(this.#local.get(node.name) ?? []), ...this.#shared];
    return pools
      .map(pool => ({ pool, devices: pool.devices.filter(device => this.#reaches(node, placeOf(device))) }))
      .filter(({ devices }) => devices.length > 0);
  }

  #reaches(node: SelectableNode, { nodeName, nodeSelector, allNodes }: Place): boolean {
    if (nodeName) return nodeName === node.name;
    if (allNodes) return true;
    if (!nodeSelector) return false;
    let matches = this.#matchers.get(nodeSelector);
    if (!matches) {
      matches = nodeSelectorMatcher(nodeSelector);
      this.#matchers.set(nodeSelector, matches);
    }
    return matches(node);
  }
}

function gather(slices: readonly ResourceSlice[]): Pool[] {
  const byPool = new Map<string, ResourceSlice[]>();
  for (const slice of slices) {
    const id = `${slice.spec.driver}/${slice.spec.pool.name}`;
    const known = byPool.get(id);
    if (known) known.push(slice);
    else byPool.set(id, [slice]);
  }
  const pools = [...byPool].map(([id, ofPool]) => poolOf(id, ofPool));
  // What must be waited for before a pod is bound is taken last.
  const waits = ({ devices }: Pool) => Number(devices.some(({ device }) => device.bindingConditions?.length));
  return pools.sort((a, b) => waits(a) - waits(b) || (a.id < b.id ? -1 : 1));
}

function poolOf(id: string, slices: readonly ResourceSlice[]): Pool {
  const generation = Math.max(...slices.map(({ spec }) => spec.pool.generation));
  const newest = slices
    .filter(({ spec }) => spec.pool.generation === generation)
    .sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
  const { driver, pool: published } = newest[0]!.spec;
  const devices: PublishedDevice[] = [];
  const pool: Pool = {
    id,
    driver,
    name: published.name,
    slices: newest,
    devices,
    complete: newest.length === published.resourceSliceCount,
    valid: true,
  };
  for (const slice of newest) {
    for (const device of slice.spec.devices ?? []) {
      devices.push({ id: `${id}/${device.name}`, pool, slice, device });
    }
  }
  const valid = new Set(devices.map(device => device.id)).size === devices.length;
  return valid ? pool : Object.assign(pool, { valid });
}
