/** Whose traffic endpoints would rather have: pure functions over drafts of one service's slices of one address type. */
import type { Node, Service } from '#api/generated/types/core.v1.ts';
import type { Endpoint, EndpointHints } from '#api/generated/types/discovery.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { quantityMilliValue } from '#machinery/quantity.ts';
import type { Draft } from './packing.ts';

const zoneLabel = 'topology.kubernetes.io/zone';
const modeAnnotation = 'service.kubernetes.io/topology-mode';
const olderModeAnnotation = 'service.kubernetes.io/topology-aware-hints';
const excludingLabels = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];
/** How much more than its share an endpoint may have to bear. */
const overload = 0.2;

const texts = {
  noZone: 'One or more endpoints do not have a zone specified',
  noHints: 'No hints allocated for zones',
  noNodeInfo: 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes',
  tooFew: 'Insufficient number of endpoints',
  tooUneven:
    'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold',
};

export function zoneOf(node: Node): string | undefined {
  return node.metadata.labels?.[zoneLabel];
}

/** What of a node decides how traffic is shared among zones. */
export function zoneFacts(node: Node): unknown {
  const isExcluded = excludingLabels.some(label => node.metadata.labels?.[label] !== undefined);
  const isReady = node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return isExcluded || !isReady ? undefined : [zoneOf(node), node.status?.allocatable?.cpu];
}

/** The service wants its traffic shared among zones by their size (KEP-2433). */
export function asksForTopology({ metadata }: Service): boolean {
  const { annotations = {} } = metadata;
  const mode = annotations[olderModeAnnotation] ?? annotations[modeAnnotation];
  return mode === 'Auto' || mode === 'auto';
}

/** spec.trafficDistribution (KEP-4444, KEP-3015); without it no endpoint has a hint. */
export function hintByDistribution(service: Service, drafts: readonly Draft[]): void {
  const distribution = service.spec?.trafficDistribution;
  const isClose = distribution === 'PreferClose' || distribution === 'PreferSameZone';
  if (isClose || distribution === 'PreferSameNode') {
    for (const draft of drafts) hint(draft, endpoint => hintsFor(endpoint, !isClose));
  } else removeHints(drafts);
}

function hintsFor({ zone, nodeName }: Endpoint, byNode: boolean): EndpointHints | undefined {
  const hints = {
    ...(zone ? { forZones: [{ name: zone }] } : {}),
    ...(nodeName && byNode ? { forNodes: [{ name: nodeName }] } : {}),
  };
  return Object.keys(hints).length > 0 ? hints : undefined;
}

/** Gives ready endpoints their hints; nobody looks at those of others, so that they are no reason to write. */
function hint(draft: Draft, hintsOf: (endpoint: Endpoint) => EndpointHints | undefined): void {
  draft.endpoints = draft.endpoints.map(endpoint => {
    const { hints: before, ...known } = endpoint;
    const hints = isReady(endpoint) ? hintsOf(endpoint) : undefined;
    if (isReady(endpoint) && !deepEqual(before, hints)) draft.changed = true;
    return hints ? { ...known, hints } : known;
  });
}

function removeHints(drafts: readonly Draft[]): void {
  for (const draft of drafts) {
    if (draft.endpoints.some(({ hints }) => hints !== undefined)) draft.changed = true;
    hint(draft, () => undefined);
  }
}

function isReady({ conditions }: Endpoint): boolean {
  return conditions?.ready === true;
}

/** Each zone's share of the nodes' CPUs; undefined where a node does not say, or there is but one zone. */
export function zoneShares(nodes: readonly Node[]): ReadonlyMap<string, number> | undefined {
  const cpuByZone = new Map<string, number>();
  let total = 0;
  for (const node of nodes) {
    const facts = zoneFacts(node) as [string | undefined, string | undefined] | undefined;
    if (!facts) continue;
    const [zone, cpu] = facts;
    const milli = cpu === undefined ? 0 : quantityMilliValue(cpu);
    if (!zone || milli === 0) return undefined;
    cpuByZone.set(zone, (cpuByZone.get(zone) ?? 0) + milli);
    total += milli;
  }
  if (cpuByZone.size < 2) return undefined;
  return new Map([...cpuByZone].map(([zone, milli]) => [zone, milli / total]));
}

interface Allocation {
  readonly minimum: number;
  readonly maximum: number;
  readonly desired: number;
}

/** Hints each ready endpoint to a zone, so that zones have their shares. What keeps it from that removes all hints, and is told. */
export function hintByTopology(
  drafts: readonly Draft[],
  shares: ReadonlyMap<string, number> | undefined,
): string | undefined {
  const failure = share(drafts, shares);
  if (failure !== undefined) removeHints(drafts);
  return failure;
}

function share(
  drafts: readonly Draft[],
  shares: ReadonlyMap<string, number> | undefined,
): string | undefined {
  const ready = drafts.flatMap(({ endpoints }) => endpoints.filter(isReady));
  const allocations = allocate(shares, ready.length);
  if (typeof allocations === 'string') return allocations;
  const allocated = new Map<string, number>();
  for (const draft of drafts.filter(({ changed }) => !changed)) countHints(draft, allocations, allocated);
  const open = drafts.filter(({ changed }) => changed);
  const movable = open.flatMap(({ endpoints }) => endpoints.filter(isReady));
  if (movable.some(({ zone }) => !zone)) return texts.noZone;
  for (const { zone } of movable) add(allocated, zone!, 1);
  if (allocated.size === 0) return texts.noHints;
  const exchange = exchangeOf(allocations, allocated);
  for (const draft of open) {
    hint(draft, ({ zone }) => ({ forZones: [{ name: take(exchange, zone!) ?? zone! }] }));
  }
  return undefined;
}

function add(counts: Map<string, number>, zone: string, count: number): void {
  counts.set(zone, (counts.get(zone) ?? 0) + count);
}

/** How many endpoints each zone should have; or why there is no telling. */
function allocate(
  shares: ReadonlyMap<string, number> | undefined,
  endpoints: number,
): ReadonlyMap<string, Allocation> | string {
  if (!shares) return texts.noNodeInfo;
  const about = `(${endpoints} endpoints, ${shares.size} zones)`;
  if (shares.size > endpoints) return `${texts.tooFew} ${about}`;
  const minima = Array.from(shares, ([zone, part]) => {
    const desired = part * endpoints;
    const minimum = Math.ceil(desired * (1 / (1 + overload)));
    return { zone, minimum, desired: Math.max(desired, minimum) };
  });
  const spare = endpoints - minima.reduce((total, { minimum }) => total + minimum, 0);
  if (spare < 0) return `${texts.tooUneven} ${about}`;
  return new Map(
    minima.map(({ zone, minimum, desired }) => [zone, { minimum, maximum: minimum + spare, desired }]),
  );
}

/** Counts the hints of a slice that need not be written; one whose hints will not do has to be. */
function countHints(
  draft: Draft,
  allocations: ReadonlyMap<string, Allocation>,
  allocated: Map<string, number>,
): void {
  const counts = new Map<string, number>();
  for (const { hints } of draft.endpoints.filter(isReady)) {
    if (!hints?.forZones?.length) draft.changed = true;
    for (const { name } of hints?.forZones ?? []) add(counts, name, 1);
  }
  for (const [zone, count] of counts) {
    const allocation = allocations.get(zone);
    if (!allocation || count + (allocated.get(zone) ?? 0) > allocation.maximum) draft.changed = true;
  }
  if (draft.changed) return;
  for (const [zone, count] of counts) add(allocated, zone, count);
}

interface Exchange {
  readonly giving: Map<string, number>;
  readonly receiving: Map<string, number>;
}

/** How many endpoints zones that have too many give to those that have too few. */
function exchangeOf(
  allocations: ReadonlyMap<string, Allocation>,
  allocated: ReadonlyMap<string, number>,
): Exchange {
  const surplus = new Map<string, number>();
  const lack = new Map<string, number>();
  for (const [zone, { desired }] of allocations) {
    const over = (allocated.get(zone) ?? 0) - desired;
    if (over > 0) surplus.set(zone, over);
    else lack.set(zone, -over);
  }
  const exchange: Exchange = { giving: new Map(), receiving: new Map() };
  for (;;) {
    const [giver, give] = most(surplus);
    const [receiver, need] = most(lack);
    if ((give < 1 && need < 1) || give < 0.5 || need < 0.5) return exchange;
    add(exchange.giving, giver, 1);
    add(surplus, giver, -1);
    add(exchange.receiving, receiver, 1);
    add(lack, receiver, -1);
  }
}

function most(counts: ReadonlyMap<string, number>): [string, number] {
  let found: [string, number] = ['', 0];
  for (const [zone, count] of counts) if (count > found[1]) found = [zone, count];
  return found;
}

/** The zone that this endpoint of `zone` is given to; undefined: it stays. */
function take({ giving, receiving }: Exchange, zone: string): string | undefined {
  if (!giving.get(zone)) return undefined;
  const receiver = [...receiving.keys()].find(name => receiving.get(name)! > 0);
  if (receiver === undefined) return undefined;
  add(giving, zone, -1);
  add(receiving, receiver, -1);
  return receiver;
}
