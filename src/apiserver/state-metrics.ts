import type { Catalog } from './resources/served.ts';

/** What is held now, as /metrics tells it; `bytes`: what the store takes up. */
export function stateMetrics(catalog: Catalog, bytes: number): string[] {
  const stored = catalog.definitions.flatMap(definition => {
    const served = catalog.findPreferred(definition.group, definition.resource);
    return served && !definition.storedAs ? [served] : [];
  });
  return [
    '# HELP apiserver_resource_objects [ALPHA] Objects that are stored, by resource.',
    '# TYPE apiserver_resource_objects gauge',
    ...stored.map(
      ({ definition, cache }) =>
        `apiserver_resource_objects{group="${definition.group}",resource="${definition.resource}"} ${cache.size}`,
    ),
    '# HELP apiserver_storage_objects [STABLE] Objects that are stored, by resource.',
    '# TYPE apiserver_storage_objects gauge',
    ...stored.map(({ definition, cache }) => {
      const { group, resource } = definition;
      const name = group === '' ? resource : `${resource}.${group}`;
      return `apiserver_storage_objects{resource="${name}"} ${cache.size}`;
    }),
    '# HELP apiserver_storage_size_bytes [STABLE] Bytes that the store takes up.',
    '# TYPE apiserver_storage_size_bytes gauge',
    `apiserver_storage_size_bytes{storage_cluster_id="etcd-0"} ${bytes}`,
  ];
}
