import type { Catalog } from './resources/served.ts';

/** What is held and watched now, as /metrics tells it. */
export function stateMetrics(catalog: Catalog): string[] {
  const stored = catalog.definitions.flatMap(definition => {
    const served = catalog.findPreferred(definition.group, definition.resource);
    return served && !definition.storedAs ? [served] : [];
  });
  const watched = stored.filter(({ cache }) => cache.watcherCount > 0);
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
    '# HELP apiserver_longrunning_requests [STABLE] Requests that stay open, by what they are about.',
    '# TYPE apiserver_longrunning_requests gauge',
    ...watched.map(({ definition, version, cache }) => {
      const { group, resource } = definition;
      const subject = `group="${group}",resource="${resource}",scope="cluster",subresource=""`;
      return `apiserver_longrunning_requests{component="apiserver",${subject},verb="WATCH",version="${version.version}"} ${cache.watcherCount}`;
    }),
  ];
}
