import {
  type FamilyOptions,
  type MetricFamily,
  SampledFamily,
  type Stability,
} from '#base/metric-families.ts';
import type { ResourceCache } from './resources/resource-cache.ts';
import type { Catalog, ServedResource } from './resources/served.ts';

/** Of a resource's objects, so many are looked at to say how large all are. */
const measuredMax = 64;
/** Upstream tells the last fifteen digits of a revision. */
const revisionsMax = 1e15;

type Row = readonly [
  name: string,
  help: string,
  type: 'counter' | 'gauge',
  /** Undefined: nothing is told of such a resource. */
  of: (cache: ResourceCache, revision: number) => number | undefined,
  stability?: Stability,
];

const lists = (count: (cache: ResourceCache) => number, of: ResourceCache, value: number) =>
  count(of) > 0 ? value : undefined;
const cacheLists = ({ tally }: ResourceCache) => tally.cacheLists;
/** All that was there at the start was read in a list, too. */
const storeLists = ({ tally }: ResourceCache) => tally.storeLists + 1;

const rows: readonly Row[] = [
  [
    'resource_objects',
    'Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.',
    'gauge',
    ({ size }) => size,
  ],
  [
    'resource_size_estimate_bytes',
    'Estimated size of stored objects in database. Estimate is based on sum of last observed sizes of serialized objects. In case of a fetching error, the value will be -1.',
    'gauge',
    estimatedBytes,
  ],
  [
    'storage_events_received_total',
    'Number of etcd events received split by kind.',
    'counter',
    ({ received }) => received || undefined,
    'BETA',
  ],
  ['storage_list_total', 'Number of LIST requests served from storage', 'counter', storeLists],
  [
    'storage_list_fetched_objects_total',
    'Number of objects read from storage in the course of serving a LIST request',
    'counter',
    ({ tally }) => tally.loaded + tally.storeFetched,
  ],
  [
    'storage_list_evaluated_objects_total',
    'Number of objects tested in the course of serving a LIST request from storage',
    'counter',
    ({ tally }) => tally.loaded + tally.storeFetched,
  ],
  [
    'storage_list_returned_objects_total',
    'Number of objects returned for a LIST request from storage',
    'counter',
    ({ tally }) => tally.loaded + tally.storeReturned,
  ],
  [
    'cache_list_returned_objects_total',
    'Number of objects returned for a LIST request from watch cache',
    'counter',
    cache => lists(cacheLists, cache, cache.tally.cacheReturned),
  ],
  [
    'init_events_total',
    'Counter of init events processed in watch cache broken by resource type.',
    'counter',
    ({ tally }) => tally.loaded || undefined,
  ],
  [
    'watch_cache_events_received_total',
    'Counter of events received in watch cache broken by resource type.',
    'counter',
    ({ received }) => received || undefined,
  ],
  [
    'watch_cache_events_dispatched_total',
    'Counter of events dispatched in watch cache broken by resource type.',
    'counter',
    ({ received }) => received || undefined,
  ],
  [
    'watch_cache_initializations_total',
    'Counter of watch cache initializations broken by resource type.',
    'counter',
    () => 1,
  ],
  [
    'watch_cache_resource_version',
    'Current resource version of watch cache broken by resource type. This is truncated to the 15 least significant digits.',
    'gauge',
    (_, revision) => revision % revisionsMax,
  ],
];

/** Of lists that a cache answered: it has no index but its keys. */
const indexRows: readonly Row[] = [
  [
    'cache_list_total',
    'Number of LIST requests served from watch cache',
    'counter',
    cache => lists(cacheLists, cache, cache.tally.cacheLists),
  ],
  [
    'cache_list_fetched_objects_total',
    'Number of objects read from watch cache in the course of serving a LIST request',
    'counter',
    cache => lists(cacheLists, cache, cache.tally.cacheFetched),
  ],
];

/** What is held now, as /metrics tells it; `bytes`: what the store takes up; `revision`: how new what is held is. */
export function stateMetrics(catalog: Catalog, bytes: number, revision: number): MetricFamily[] {
  const stored = catalog.definitions.flatMap(definition => {
    const served = catalog.findPreferred(definition.group, definition.resource);
    return served && !definition.storedAs ? [served] : [];
  });
  const family = (
    [name, help, type, of, stability = 'ALPHA']: Row,
    more: Readonly<Record<string, string>> = {},
  ) =>
    new SampledFamily({ ...named(name, help, stability), type }, () =>
      stored.flatMap(({ what, cache }) => {
        const value = of(cache, revision);
        return value === undefined ? [] : [[{ ...what, ...more }, value] as const];
      }),
    );
  return [
    ...rows.map(row => family(row)),
    ...indexRows.map(row => family(row, { index: '' })),
    family(
      [
        'watch_cache_consistent_read_total',
        'Counter for consistent reads from cache.',
        'counter',
        ({ tally }) => tally.consistentReads || undefined,
      ],
      { success: 'true', fallback: 'false' },
    ),
    capacity(stored),
    new SampledFamily(
      {
        ...named(
          'storage_objects',
          'Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.',
          'STABLE',
        ),
        deprecated: '1.34.0',
      },
      () =>
        stored.map(({ what: { group, resource }, cache }) => [
          { resource: group === '' ? resource : `${resource}.${group}` },
          cache.size,
        ]),
    ),
    new SampledFamily(
      named(
        'storage_size_bytes',
        'Size of the storage database file physically allocated in bytes.',
        'STABLE',
      ),
      () => [[{ storage_cluster_id: 'etcd-0' }, bytes]],
    ),
  ];
}

function capacity(stored: readonly ServedResource[]): MetricFamily {
  const help = 'Total capacity of watch cache broken by resource type.';
  return new SampledFamily({ name: 'watch_cache_capacity', help, stability: 'ALPHA' }, () =>
    stored.map(({ what, cache }) => [what, cache.capacity]),
  );
}

function estimatedBytes(cache: ResourceCache): number {
  let [bytes, measured] = [0, 0];
  for (const entry of cache.objects()) {
    bytes += entry.jsonLength;
    if (++measured === measuredMax) break;
  }
  return measured === 0 ? 0 : Math.round((bytes / measured) * cache.size);
}

function named(name: string, help: string, stability: Stability): FamilyOptions {
  return { name: `apiserver_${name}`, help, stability };
}
