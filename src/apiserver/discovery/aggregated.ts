import { createHash } from 'node:crypto';
import type { ResourceDefinition } from '#api/definition.ts';
import type { APIResourceDiscovery, APISubresourceDiscovery } from '#api/generated/types/apidiscovery.v2.ts';
import type { ServedGroup } from './order.ts';
import { verbsOf, subresourcesOf } from './resources.ts';

/** By definition, what is told of it in each version: one kind of a thousand changes at a time. */
const texts = new WeakMap<ResourceDefinition, Map<string, string>>();

/** The JSON of the items of aggregated discovery (KEP-3352), one for each group. */
export function groupDiscoveriesJson(groups: readonly ServedGroup[]): string {
  return `[${groups.map(groupJson).join(',')}]`;
}

function groupJson({ name, versions }: ServedGroup): string {
  const metadata = name === '' ? {} : { name };
  const each = versions.map(({ version, definitions }) => {
    const resources = definitions.map(definition => resourceJson(definition, version)).join(',');
    return `{"version":${JSON.stringify(version)},"resources":[${resources}],"freshness":"Current"}`;
  });
  return `{"metadata":${JSON.stringify(metadata)},"versions":[${each.join(',')}]}`;
}

function resourceJson(definition: ResourceDefinition, version: string): string {
  let known = texts.get(definition);
  if (!known) {
    known = new Map();
    texts.set(definition, known);
  }
  let text = known.get(version);
  if (text === undefined) {
    text = JSON.stringify(resourceDiscovery(definition, version));
    known.set(version, text);
  }
  return text;
}

function resourceDiscovery(definition: ResourceDefinition, version: string): APIResourceDiscovery {
  const subresources = subresourcesOf(definition).map(
    (sub): APISubresourceDiscovery => ({
      subresource: sub.name,
      responseKind: sub.version
        ? { group: sub.group, version: sub.version, kind: sub.kind }
        : kindOf(definition, version, sub.kind),
      verbs: [...sub.verbs],
    }),
  );
  return {
    resource: definition.resource,
    responseKind: kindOf(definition, version, definition.kind),
    scope: definition.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: definition.singular,
    verbs: verbsOf(definition),
    ...(definition.shortNames?.length ? { shortNames: [...definition.shortNames] } : {}),
    ...(definition.categories?.length ? { categories: [...definition.categories] } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}

/** Of what is built in, upstream leaves out what the place says already; of custom resources it does not. */
function kindOf(
  { group, conversion }: ResourceDefinition,
  version: string,
  kind: string,
): APIResourceDiscovery['responseKind'] {
  return conversion ? { group, version, kind } : { group: '', version: '', kind };
}

/** The entity tag of a document's JSON, without quotes. */
export function etagOf(json: string): string {
  return createHash('sha512').update(json).digest('hex').toUpperCase();
}
