import type { Service } from '#api/generated/types/core.v1.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import {
  type FamilyOptions,
  HistogramFamily,
  type Labels,
  type MetricFamily,
  SampledFamily,
  exponentialBuckets,
} from '#base/metric-families.ts';
import { endpointsPerSliceMax } from './packing.ts';
import { keyOfPorts, type SlicePlan } from './slices.ts';

/** What the gauges are read from when they are asked for. */
interface Sources {
  services(): readonly Service[];
  slicesOf(service: Service): readonly EndpointSlice[];
}

const stability = 'BETA';
const named = (name: string, help: string): FamilyOptions => ({
  name: `endpoint_slice_controller_${name}`,
  help,
  stability,
});
const buckets = exponentialBuckets(2, 2, 15);
/** Any other value is somebody's own: there may be many of them. */
const knownDistributions = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];

/** What becomes of endpoints, under upstream's names. */
export class EndpointSliceMetrics {
  readonly #added = new HistogramFamily({
    ...named('endpoints_added_per_sync', 'Endpoints that came with one look at a Service.'),
    buckets,
  });
  readonly #removed = new HistogramFamily({
    ...named('endpoints_removed_per_sync', 'Endpoints that went with one look at a Service.'),
    buckets,
  });
  readonly families: readonly MetricFamily[];

  constructor(sources: Sources) {
    const gauge = (name: string, help: string, of: (slices: readonly EndpointSlice[]) => number) =>
      new SampledFamily(named(name, help), () => [
        [{}, sources.services().reduce((sum, service) => sum + of(sources.slicesOf(service)), 0)],
      ]);
    this.families = [
      this.#added,
      this.#removed,
      gauge('num_endpoint_slices', 'EndpointSlices that there are.', ({ length }) => length),
      gauge('desired_endpoint_slices', 'EndpointSlices if all were as full as may be.', fewestSlices),
      gauge('endpoints_desired', 'Endpoints that there are.', endpointCount),
      new SampledFamily(
        named('services_count_by_traffic_distribution', 'Services that say how traffic is shared out.'),
        () => byDistribution(sources.services()),
      ),
    ];
  }

  synced({ moved }: SlicePlan): void {
    for (const { added, removed } of moved.values()) {
      this.#added.observe({}, added);
      this.#removed.observe({}, removed);
    }
  }
}

function endpointCount(slices: readonly EndpointSlice[]): number {
  return slices.reduce((sum, { endpoints }) => sum + (endpoints?.length ?? 0), 0);
}

/** Endpoints with other ports cannot share a slice; without any, there is still one. */
function fewestSlices(slices: readonly EndpointSlice[]): number {
  const groups = Map.groupBy(slices, ({ addressType, ports }) => `${addressType} ${keyOfPorts(ports ?? [])}`);
  const needed = Array.from(groups.values(), group => Math.ceil(endpointCount(group) / endpointsPerSliceMax));
  return Math.max(
    1,
    needed.reduce((a, b) => a + b, 0),
  );
}

function byDistribution(services: readonly Service[]): (readonly [Labels, number])[] {
  const said = services.flatMap(({ spec }) => spec?.trafficDistribution ?? []);
  const groups = Map.groupBy(said, one =>
    knownDistributions.includes(one) ? one : 'ImplementationSpecific',
  );
  return Array.from(groups, ([traffic_distribution, { length }]) => [{ traffic_distribution }, length]);
}
