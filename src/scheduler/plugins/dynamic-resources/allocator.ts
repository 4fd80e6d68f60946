/** Finds devices for claims on one node, by trying what there is until everything that is asked for holds (KEP-4381). */
import { deviceAttribute } from '#api/device-selector.ts';
import type { DeviceAttribute, DeviceConstraint } from '#api/generated/types/resource.v1.ts';
import type { SelectableNode } from '#api/node-selection.ts';
import { type Amounts, amountsOf, hasRoom } from './capacity.ts';
import { CounterBook } from './counters.ts';
import type { PoolIndex, PublishedDevice } from './pools.ts';
import { AllocationError, type Choice, type ClaimPlan } from './requests.ts';
import type { Usage } from './usage.ts';

/** A claim has that many devices at most. */
const resultsMax = 32;
/** More is a puzzle that is not worth it: others wait for the event loop meanwhile. */
const stepsMax = 10_000;

/** There may be devices for the claims, but to find them takes too long. */
export class EndlessSearchError extends AllocationError {
  override readonly name = 'EndlessSearchError';

  constructor() {
    super('timed out trying to allocate devices');
  }
}

/** A device that a claim gets. */
export interface Pick {
  readonly plan: ClaimPlan;
  readonly choice: Choice;
  readonly published: PublishedDevice;
  /** What it takes of a device that others may share. */
  readonly amounts?: Amounts | undefined;
}

/** The devices that claims get on a node, in the order of the claims and their requests; undefined where it has none for them. Throws AllocationError. */
export function pickDevices(
  plans: readonly ClaimPlan[],
  node: SelectableNode,
  pools: PoolIndex,
  usage: Usage,
): readonly Pick[] | undefined {
  return new Search(plans, node, pools, usage).run();
}

class Search {
  readonly #plans: readonly ClaimPlan[];
  readonly #usage: Usage;
  readonly #counters: CounterBook;
  readonly #devices: readonly PublishedDevice[];
  /** The devices of choices that want all. */
  readonly #all = new Map<Choice, readonly PublishedDevice[]>();
  readonly #hasInvalid: boolean;
  readonly #picks: Pick[] = [];
  #steps = 0;

  constructor(plans: readonly ClaimPlan[], node: SelectableNode, pools: PoolIndex, usage: Usage) {
    this.#plans = plans;
    this.#usage = usage;
    this.#counters = new CounterBook(usage);
    const onNode = pools.on(node);
    this.#hasInvalid = onNode.some(({ pool }) => !pool.valid);
    this.#devices = onNode.flatMap(({ pool, devices }) => (pool.valid && pool.complete ? devices : []));
    for (const choice of plans.flatMap(({ requests }) => requests.flat())) {
      if (choice.count !== undefined) continue;
      for (const { pool } of onNode) {
        const asks = `${choice.title}: asks for all devices, but resource pool ${pool.id} is currently`;
        if (!pool.complete) throw new AllocationError(`${asks} being updated`);
        if (!pool.valid) throw new AllocationError(`${asks} invalid`);
      }
      this.#all.set(
        choice,
        this.#devices.filter(device => choice.wants(device)),
      );
    }
  }

  run(): readonly Pick[] | undefined {
    if (this.#claim(0)) return this.#picks;
    if (this.#hasInvalid) throw new AllocationError('invalid resource pools were encountered');
    return undefined;
  }

  #claim(index: number): boolean {
    const plan = this.#plans[index];
    return !plan || this.#request(plan, 0, () => this.#claim(index + 1));
  }

  #request(plan: ClaimPlan, index: number, goOn: () => boolean): boolean {
    const choices = plan.requests[index];
    if (!choices) return goOn();
    const next = () => this.#request(plan, index + 1, goOn);
    return choices.some(choice => {
      const all = this.#all.get(choice);
      if (!all) return this.#some(plan, choice, choice.count!, 0, next);
      return all.length > 0 && this.#each(plan, choice, all, 0, next);
    });
  }

  /** `count` of the devices, from the one at `from` on: which of them comes first does not matter. */
  #some(plan: ClaimPlan, choice: Choice, count: number, from: number, goOn: () => boolean): boolean {
    if (count === 0) return goOn();
    for (let i = from; i < this.#devices.length; i++) {
      const device = this.#devices[i]!;
      if (!choice.wants(device)) continue;
      if (this.#take(plan, choice, device, () => this.#some(plan, choice, count - 1, i + 1, goOn)))
        return true;
    }
    return false;
  }

  #each(
    plan: ClaimPlan,
    choice: Choice,
    all: readonly PublishedDevice[],
    index: number,
    goOn: () => boolean,
  ): boolean {
    const device = all[index];
    if (!device) return goOn();
    return this.#take(plan, choice, device, () => this.#each(plan, choice, all, index + 1, goOn));
  }

  /** With the device taken, or not at all. */
  #take(plan: ClaimPlan, choice: Choice, published: PublishedDevice, goOn: () => boolean): boolean {
    if (++this.#steps > stepsMax) throw new EndlessSearchError();
    const ofClaim = this.#picks.filter(pick => pick.plan === plan);
    if (ofClaim.length >= resultsMax) return false;
    const amounts = this.#share(choice, published, ofClaim);
    if (amounts === null) return false;
    const pick: Pick = { plan, choice, published, amounts };
    const { constraints = [] } = plan.claim.spec.devices ?? {};
    if (!constraints.every(constraint => holds(constraint, pick, ofClaim))) return false;
    this.#picks.push(pick);
    if (goOn()) return true;
    this.#picks.pop();
    return false;
  }

  /** What the choice takes of the device where it is shared, undefined where it takes all of it; null where it cannot be had. */
  #share({ adminAccess, asked }: Choice, published: PublishedDevice, ofClaim: readonly Pick[]) {
    const { id, device } = published;
    const wanted = amountsOf(device, asked.capacity?.requests);
    if (!wanted) return null;
    if (adminAccess) return ofClaim.some(pick => pick.published.id === id) ? null : undefined;
    const picked = this.#picks.filter(pick => pick.published.id === id);
    const consuming = this.#picks.filter(pick => !pick.choice.adminAccess).map(pick => pick.published);
    if (device.allowMultipleAllocations) {
      const taken = [...this.#usage.sharesOf(id), ...picked.flatMap(pick => pick.amounts ?? [])];
      if (this.#usage.taken.has(id) || !hasRoom(device, wanted, taken)) return null;
      const isNew = taken.length === 0;
      return !isNew || this.#counters.hasRoom(published, consuming) ? wanted : null;
    }
    if (picked.length > 0 || this.#usage.has(id)) return null;
    return this.#counters.hasRoom(published, consuming) ? undefined : null;
  }
}

/** Whether a constraint that means the pick's request holds with the devices that the claim has by now. */
function holds(constraint: DeviceConstraint, pick: Pick, ofClaim: readonly Pick[]): boolean {
  const { requests = [], matchAttribute, distinctAttribute } = constraint;
  const means = ({ choice }: Pick) =>
    requests.length === 0 || requests.includes(choice.request) || requests.includes(choice.name);
  if (!means(pick)) return true;
  const name = matchAttribute ?? distinctAttribute ?? '';
  const attributeOf = ({ published: { pool, device } }: Pick) => deviceAttribute(pool.driver, device, name);
  const value = attributeOf(pick);
  if (!value) return false;
  const others = ofClaim.filter(means).map(attributeOf);
  const same = (other: DeviceAttribute | undefined) => JSON.stringify(other) === JSON.stringify(value);
  return matchAttribute === undefined ? !others.some(same) : others.every(same);
}
