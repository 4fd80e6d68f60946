import { createHash } from 'node:crypto';
import type { ResourceDefinition } from '#api/definition.ts';
import type {
  APIGroupDiscovery,
  APIResourceDiscovery,
  APISubresourceDiscovery,
} from '#api/generated/types/apidiscovery.v2.ts';
import type { ServedGroup } from './order.ts';
import { verbsOf, subresourcesOf } from './resources.ts';

/** Aggregated discovery (KEP-3352) of some groups. */
export function groupDiscoveries(
  groups: readonly ServedGroup[],
): Omit<APIGroupDiscovery, 'kind' | 'apiVersion'>[] {
  return groups.map(group => ({
    metadata: group.name === '' ? {} : { name: group.name },
    versions: group.versions.map(({ version, definitions }) => ({
      version,
      resources: definitions.map(definition => resourceDiscovery(definition, version)),
      freshness: 'Current',
    })),
  }));
}

function resourceDiscovery(definition: ResourceDefinition, version: string): APIResourceDiscovery {
  const { group, kind } = definition;
  const subresources = subresourcesOf(definition).map(
    (sub): APISubresourceDiscovery => ({
      subresource: sub.name,
      responseKind: sub.version
        ? { group: sub.group, version: sub.version, kind: sub.kind }
        : { group, version, kind: sub.kind },
      verbs: [...sub.verbs],
    }),
  );
  return {
    resource: definition.resource,
    responseKind: { group, version, kind },
    scope: definition.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: definition.singular,
    verbs: verbsOf(definition),
    ...(definition.shortNames?.length ? { shortNames: [...definition.shortNames] } : {}),
    ...(definition.categories?.length ? { categories: [...definition.categories] } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}

/** The entity tag of a document's JSON, without quotes. */
export function etagOf(json: string): string {
  return createHash('sha512').update(json).digest('hex').toUpperCase();
}
