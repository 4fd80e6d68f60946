/** What pods ask for and nodes offer, in the units that the scheduler counts in. */
import type { Container, Pod } from '#api/generated/types/core.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { quantityMilliValue, quantityValue } from '#machinery/quantity.ts';

/** CPU in thousandths, everything else in whole units (bytes, devices). */
export interface Resources {
  readonly milliCpu: number;
  readonly memory: number;
  readonly ephemeralStorage: number;
  /** Hugepages and extended resources. */
  readonly scalars: ReadonlyMap<string, number>;
}

type ResourceList = Readonly<Record<string, string>>;

const noScalars: ReadonlyMap<string, number> = new Map();

/** A sum of resources that changes. */
export class ResourceTotals implements Resources {
  milliCpu = 0;
  memory = 0;
  ephemeralStorage = 0;
  scalars: ReadonlyMap<string, number> = noScalars;

  /** 0 takes it out. */
  setScalar(name: string, amount: number): void {
    const own = this.#ownScalars();
    if (amount !== 0) own.set(name, amount);
    else own.delete(name);
  }

  /** Made when there is something to hold: most pods and nodes have none. */
  #ownScalars(): Map<string, number> {
    if (this.scalars === noScalars) this.scalars = new Map();
    return this.scalars as Map<string, number>;
  }

  add(other: Resources, sign: 1 | -1 = 1): this {
    this.milliCpu += sign * other.milliCpu;
    this.memory += sign * other.memory;
    this.ephemeralStorage += sign * other.ephemeralStorage;
    if (other.scalars.size === 0) return this;
    for (const [name, amount] of other.scalars) {
      this.setScalar(name, (this.scalars.get(name) ?? 0) + sign * amount);
    }
    return this;
  }

  /** Raises each amount to that of `other` where it is less. */
  raise(other: Resources): this {
    this.milliCpu = Math.max(this.milliCpu, other.milliCpu);
    this.memory = Math.max(this.memory, other.memory);
    this.ephemeralStorage = Math.max(this.ephemeralStorage, other.ephemeralStorage);
    if (other.scalars.size === 0) return this;
    for (const [name, amount] of other.scalars) {
      this.setScalar(name, Math.max(this.scalars.get(name) ?? 0, amount));
    }
    return this;
  }

  clone(): ResourceTotals {
    return new ResourceTotals().add(this);
  }
}

/** `known` where it says the same as `own`: thousands of pods ask for the same. */
export function sharedResources(own: Resources, known: Resources | undefined): Resources {
  const isSame =
    own.milliCpu === known?.milliCpu &&
    own.memory === known.memory &&
    own.ephemeralStorage === known.ephemeralStorage &&
    own.scalars.size + known.scalars.size === 0;
  return isSame ? known : own;
}

/** Reads a resource list; 'pods' is left out, for it is no amount of a pod. */
export function readResources(list: ResourceList | undefined): ResourceTotals {
  const totals = new ResourceTotals();
  for (const [name, text] of Object.entries(list ?? {})) {
    if (name === 'cpu') totals.milliCpu = quantityMilliValue(text);
    else if (name === 'memory') totals.memory = quantityValue(text);
    else if (name === 'ephemeral-storage') totals.ephemeralStorage = quantityValue(text);
    else if (name !== 'pods') totals.setScalar(name, quantityValue(text));
  }
  return totals;
}

/** What one container asks for. */
type Requests = (container: Container) => ResourceTotals;

/** The most that a pod's containers hold at any one time: all regular ones, or an init one with its sidecars. */
function sumContainers(pod: Pod, requests: Requests): ResourceTotals {
  const running = new ResourceTotals();
  for (const container of pod.spec?.containers ?? []) running.add(requests(container));
  const sidecars = new ResourceTotals();
  const starting = new ResourceTotals();
  for (const container of pod.spec?.initContainers ?? []) {
    const own = requests(container);
    if (isSidecar(container)) {
      running.add(own);
      starting.raise(sidecars.add(own));
    } else starting.raise(own.add(sidecars));
  }
  return running.raise(starting);
}

const podLevelNames = /^(cpu|memory|hugepages-)/;

/** What a pod asks for in all: containers, pod-level resources in their place (KEP-2837), overhead. */
export function podRequests(pod: Pod): ResourceTotals {
  return sumPod(pod, container => readResources(container.resources?.requests));
}

function sumPod(pod: Pod, requests: Requests): ResourceTotals {
  const totals = sumContainers(pod, withActual(pod, requests));
  const asWhole = Object.keys(pod.spec?.resources?.requests ?? {}).filter(name => podLevelNames.test(name));
  const amounts = asWhole.length === 0 ? totals : podLevelRequests(pod);
  for (const name of asWhole) {
    const amount = amountOf(amounts, name);
    if (name === 'cpu') totals.milliCpu = amount;
    else if (name === 'memory') totals.memory = amount;
    else totals.setScalar(name, amount);
  }
  return totals.add(readResources(pod.spec?.overhead));
}

/** While the pod is resized as a whole (KEP-5419), the most of what it asks for, is allowed and has. */
function podLevelRequests({ spec, status }: Pod): ResourceTotals {
  const wanted = readResources(spec?.resources?.requests);
  if (!status?.resources) return wanted;
  return (isInfeasible(status) ? new ResourceTotals() : wanted)
    .raise(readResources(status.resources.requests))
    .raise(readResources(status.allocatedResources));
}

function isInfeasible(status: Pod['status']): boolean {
  return status?.conditions?.find(({ type }) => type === 'PodResizePending')?.reason === 'Infeasible';
}

/**
 * While a container is resized (KEP-1287), the most counts of what it asks for, what the node has allowed it and what it
 * has; what the node can never give does not.
 */
function withActual({ spec, status }: Pod, requests: Requests): Requests {
  const actual = new Map<string, ResourceTotals>();
  const sidecars = new Set((spec?.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  const running = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name)),
  ];
  for (const { name, resources, allocatedResources } of running) {
    if (!resources) continue;
    actual.set(name, readResources(resources.requests).raise(readResources(allocatedResources)));
  }
  if (actual.size === 0) return requests;
  const infeasible = isInfeasible(status);
  return container => {
    const has = actual.get(container.name);
    if (!has) return requests(container);
    return infeasible ? has.clone() : requests(container).raise(has);
  };
}

function isSidecar({ restartPolicy }: Container): boolean {
  return restartPolicy === 'Always';
}

/** The pods' statuses tell of no change in what they ask for in all; their specs are the same. */
export function sameRequests(a: Pod, b: Pod): boolean {
  if (deepEqual(resizing(a), resizing(b))) return true;
  const [before, after] = [podRequests(a), podRequests(b)].map(({ scalars, ...basic }) => [
    basic,
    Object.fromEntries(scalars),
  ]);
  return deepEqual(before, after);
}

function resizing({ status }: Pod): unknown {
  const containers = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  return [
    isInfeasible(status),
    [status?.resources?.requests, status?.allocatedResources],
    containers.map(one => [one.name, one.resources?.requests, one.allocatedResources]),
  ];
}

// Upstream's assumption for scoring about containers that ask for nothing.
const defaultMilliCpu = 100;
const defaultMemory = 200 * 1024 * 1024;

/** What a pod counts as in scores of allocation, where asking for nothing must not look like using nothing. */
export function scoringRequests(pod: Pod): Resources {
  return sumPod(pod, container => {
    const own = readResources(container.resources?.requests);
    if (container.resources?.requests?.cpu === undefined) own.milliCpu = defaultMilliCpu;
    if (container.resources?.requests?.memory === undefined) own.memory = defaultMemory;
    return own;
  });
}

/** Whether any amount is lower after than before: of all resources, or of those in `among`. */
export function lowers(before: Resources, after: Resources, among: Resources = before): boolean {
  return [...basicResources, ...among.scalars.keys()].some(
    name => amountOf(among, name) > 0 && amountOf(before, name) > amountOf(after, name),
  );
}

export const basicResources = ['cpu', 'memory', 'ephemeral-storage'] as const;

/** One resource's amount by its Kubernetes name. */
export function amountOf(resources: Resources, name: string): number {
  if (name === 'cpu') return resources.milliCpu;
  if (name === 'memory') return resources.memory;
  if (name === 'ephemeral-storage') return resources.ephemeralStorage;
  return resources.scalars.get(name) ?? 0;
}
