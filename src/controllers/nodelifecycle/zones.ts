/** How fast nodes of a zone may be emptied, by how many of them are in trouble. */
import type { Node } from '#api/generated/types/core.v1.ts';
import type { Clock } from '#base/clock.ts';
import { TokenBucket } from '#client/token-bucket.ts';
import { readyStatus } from './taints.ts';

// kube-controller-manager's --node-eviction-rate, --secondary-node-eviction-rate, --unhealthy-zone-threshold and
// --large-cluster-size-threshold.
const ratePerSecond = 0.1;
const secondaryRatePerSecond = 0.01;
const unhealthyShare = 0.55;
const largeZone = 50;

const regionLabel = 'topology.kubernetes.io/region';
const zoneLabel = 'topology.kubernetes.io/zone';
const excludedLabel = 'node.kubernetes.io/exclude-disruption';

export function zoneOf({ metadata }: Node): string {
  return `${metadata.labels?.[regionLabel] ?? ''}/${metadata.labels?.[zoneLabel] ?? ''}`;
}

/** The same as metrics name it (component-helpers' GetZoneKey). */
export function zoneKeyOf({ metadata }: Node): string {
  const [region = '', zone = ''] = [metadata.labels?.[regionLabel], metadata.labels?.[zoneLabel]];
  return region === '' && zone === '' ? '' : `${region}:\0:${zone}`;
}

interface Zone {
  ready: number;
  notReady: number;
}

/** The zones' nodes, ready and not; nodes that say so count for nothing. */
export function countZones(nodes: readonly Node[]): Map<string, Zone> {
  const zones = new Map<string, Zone>();
  for (const node of nodes) {
    if (node.metadata.labels?.[excludedLabel] !== undefined) continue;
    const key = zoneOf(node);
    const zone = zones.get(key) ?? { ready: 0, notReady: 0 };
    zones.set(key, zone);
    if (readyStatus(node) === 'True') zone.ready++;
    else zone.notReady++;
  }
  return zones;
}

/** No node at all is ready: then it is likelier that we are cut off, and nothing is evicted. */
export function isAllDisrupted(zones: ReadonlyMap<string, Zone>): boolean {
  return zones.size > 0 && [...zones.values()].every(({ ready, notReady }) => ready === 0 && notReady > 0);
}

/** Nodes a second; a zone that is partly down is likelier cut off than dead, unless it is all down. */
export function evictionRate({ ready, notReady }: Zone): number {
  const isPartlyDown = ready > 0 && notReady > 2 && notReady / (ready + notReady) >= unhealthyShare;
  if (!isPartlyDown) return ratePerSecond;
  return ready + notReady > largeZone ? secondaryRatePerSecond : 0;
}

/** Lets so many nodes of each zone be emptied as its rate allows. */
export class ZoneLimiter {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, { readonly rate: number; readonly bucket: TokenBucket }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** One more node may be emptied now. */
  tryTake(zone: string, rate: number): boolean {
    return this.#bucketAt(zone, rate)?.tryTake() ?? false;
  }

  #bucketAt(zone: string, rate: number): TokenBucket | undefined {
    const current = this.#buckets.get(zone);
    if (current?.rate === rate) return current.bucket;
    if (rate === 0) return undefined;
    const bucket = new TokenBucket(this.#clock, rate, 1);
    // Whoever waited goes on waiting, at the new rate.
    if (current && !current.bucket.tryTake()) bucket.tryTake();
    this.#buckets.set(zone, { rate, bucket });
    return bucket;
  }
}
