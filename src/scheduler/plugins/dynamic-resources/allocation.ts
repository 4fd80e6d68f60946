/** What a claim's status says of the devices that it gets. */
import type { NodeSelectorRequirement, NodeSelectorTerm } from '#api/generated/types/core.v1.ts';
import type {
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
} from '#api/generated/types/resource.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { type Random, randomUuid } from '#base/random.ts';
import type { Pick } from './allocator.ts';
import { placeOf } from './pools.ts';
import type { ClaimPlan } from './requests.ts';

export interface AllocationContext {
  readonly random: Random;
  /** The time as the API has it. */
  readonly now: string;
}

/** Of one claim. */
export function allocationOf(
  plan: ClaimPlan,
  picks: readonly Pick[],
  nodeName: string,
  { random, now }: AllocationContext,
): AllocationResult {
  const results = picks.map(pick => resultOf(pick, random));
  const config = configOf(plan, picks);
  const term = termOf(picks, nodeName);
  const waits = results.some(({ bindingConditions }) => bindingConditions?.length);
  return {
    devices: { results, ...(config.length > 0 ? { config } : {}) },
    ...(term ? { nodeSelector: { nodeSelectorTerms: [term] } } : {}),
    ...(waits ? { allocationTimestamp: now } : {}),
  };
}

function resultOf({ choice, published, amounts }: Pick, random: Random): DeviceRequestAllocationResult {
  const { pool, device } = published;
  const { tolerations } = choice.asked;
  const { bindingConditions, bindingFailureConditions } = device;
  return {
    request: choice.name,
    driver: pool.driver,
    pool: pool.name,
    device: device.name,
    ...(choice.adminAccess ? { adminAccess: true } : {}),
    ...(tolerations ? { tolerations } : {}),
    ...(bindingConditions ? { bindingConditions } : {}),
    ...(bindingFailureConditions ? { bindingFailureConditions } : {}),
    ...(amounts
      ? {
          shareID: randomUuid(random),
          consumedCapacity: Object.fromEntries([...amounts].map(([name, amount]) => [name, `${amount}`])),
        }
      : {}),
  };
}

/** Parameters for the drivers: those of the classes, each once, then the claim's own that mean what was chosen. */
function configOf({ claim, requests }: ClaimPlan, picks: readonly Pick[]): DeviceAllocationConfiguration[] {
  const chosen = requests.flatMap(choices => picks.find(pick => choices.includes(pick.choice))?.choice ?? []);
  const byClass = new Map<string, DeviceAllocationConfiguration[]>();
  for (const { name, deviceClass } of chosen) {
    const known = byClass.get(deviceClass.metadata.name!);
    if (known) for (const config of known) config.requests!.push(name);
    else
      byClass.set(
        deviceClass.metadata.name!,
        (deviceClass.spec.config ?? []).map(config => ({
          source: 'FromClass',
          requests: [name],
          ...config,
        })),
      );
  }
  const own = (claim.spec.devices?.config ?? []).filter(
    ({ requests: meant }) =>
      !meant?.length || chosen.some(({ name, request }) => meant.includes(name) || meant.includes(request)),
  );
  return [...[...byClass.values()].flat(), ...own.map(config => ({ source: 'FromClaim', ...config }))];
}

/** Where all of the devices can be had; undefined where that is everywhere. */
function termOf(picks: readonly Pick[], nodeName: string): NodeSelectorTerm | undefined {
  const matchFields: NodeSelectorRequirement[] = [];
  const matchExpressions: NodeSelectorRequirement[] = [];
  for (const { published } of picks) {
    const place = placeOf(published);
    if (place.nodeName || published.device.bindsToNode) {
      return { matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] };
    }
    const [term] = place.nodeSelector?.nodeSelectorTerms ?? [];
    addNew(matchFields, term?.matchFields);
    addNew(matchExpressions, term?.matchExpressions);
  }
  if (matchFields.length + matchExpressions.length === 0) return undefined;
  return {
    ...(matchExpressions.length > 0 ? { matchExpressions } : {}),
    ...(matchFields.length > 0 ? { matchFields } : {}),
  };
}

function addNew(to: NodeSelectorRequirement[], more: readonly NodeSelectorRequirement[] = []): void {
  for (const requirement of more) if (!to.some(known => deepEqual(known, requirement))) to.push(requirement);
}
