import { type MetricFamily, SampledFamily } from '#base/metric-families.ts';
import type { Catalog } from './resources/served.ts';

/** What is held now, as /metrics tells it; `bytes`: what the store takes up. */
export function stateMetrics(catalog: Catalog, bytes: number): MetricFamily[] {
  const stored = catalog.definitions.flatMap(definition => {
    const served = catalog.findPreferred(definition.group, definition.resource);
    return served && !definition.storedAs ? [served] : [];
  });
  const help = 'Objects that are stored, by resource.';
  return [
    new SampledFamily({ name: 'apiserver_resource_objects', help, stability: 'ALPHA' }, () =>
      stored.map(({ definition: { group, resource }, cache }) => [{ group, resource }, cache.size]),
    ),
    new SampledFamily({ name: 'apiserver_storage_objects', help, stability: 'STABLE' }, () =>
      stored.map(({ definition: { group, resource }, cache }) => [
        { resource: group === '' ? resource : `${resource}.${group}` },
        cache.size,
      ]),
    ),
    new SampledFamily(
      {
        name: 'apiserver_storage_events_received_total',
        help: 'Changes that the store told of, by resource.',
        stability: 'BETA',
        type: 'counter',
      },
      () =>
        stored
          .filter(({ cache }) => cache.received > 0)
          .map(({ definition: { group, resource }, cache }) => [{ group, resource }, cache.received]),
    ),
    new SampledFamily(
      { name: 'apiserver_storage_size_bytes', help: 'What the store takes up.', stability: 'STABLE' },
      () => [[{ storage_cluster_id: 'etcd-0' }, bytes]],
    ),
  ];
}
