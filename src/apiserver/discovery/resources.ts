import { createHash } from 'node:crypto';
import type { ResourceDefinition } from '#api/definition.ts';
import type { APIResource } from '#api/generated/types/meta.v1.ts';

export const allVerbs: readonly string[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** A subresource of one served version. */
export interface Subresource {
  readonly name: string;
  readonly kind: string;
  /** '' and '' where the kind is of the resource's own group version. */
  readonly group: string;
  readonly version: string;
  readonly verbs: readonly string[];
}

/** Of a custom resource, in its handler's own order. */
const customVerbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

const terminatingVerbs = ['delete', 'deletecollection', 'get', 'list', 'watch'];

/** The verbs of a resource in the order that discovery lists them in. */
export function verbsOf({ verbs = allVerbs, conversion, isTerminating }: ResourceDefinition): string[] {
  if (isTerminating) return terminatingVerbs;
  return conversion ? customVerbs : [...verbs].sort();
}

/** Status, scale and the extra ones: in name order, of a custom resource in that of its definition. */
export function subresourcesOf(definition: ResourceDefinition): Subresource[] {
  const found: Subresource[] = (definition.extraSubresources ?? []).map(extra => ({
    name: extra.name,
    kind: extra.kind,
    group: extra.group ?? '',
    version: extra.version ?? '',
    verbs: extra.verbs,
  }));
  const verbs = ['get', 'patch', 'update'];
  if (definition.statusSubresource)
    found.push({ name: 'status', kind: definition.kind, group: '', version: '', verbs });
  if (definition.scale)
    found.push({ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs });
  return definition.conversion ? found : found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The lines of /apis/G/V for one resource: itself, then its subresources. */
export function apiResources(definition: ResourceDefinition, hasStorageHash = true): APIResource[] {
  const { resource, singular, namespaced, kind } = definition;
  const verbs = verbsOf(definition);
  const main: APIResource = {
    name: resource,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(definition.shortNames?.length ? { shortNames: [...definition.shortNames] } : {}),
    ...(definition.categories?.length ? { categories: [...definition.categories] } : {}),
    ...(hasStorageHash && isStored(definition) ? { storageVersionHash: storageVersionHash(definition) } : {}),
  };
  const subresources = subresourcesOf(definition).map(sub => ({
    name: `${resource}/${sub.name}`,
    singularName: '',
    namespaced,
    ...(sub.version ? { group: sub.group, version: sub.version } : {}),
    kind: sub.kind,
    verbs: [...sub.verbs],
  }));
  return [main, ...subresources];
}

/** Component statuses are asked of the components. */
function isStored({ group, resource, verbs = allVerbs }: ResourceDefinition): boolean {
  return verbs.includes('get') && !(group === '' && resource === 'componentstatuses');
}

/** Eight bytes that change when the storage version does (apiserver's StorageVersionHash). */
export function storageVersionHash(definition: ResourceDefinition): string {
  const version = definition.hashedVersion ?? definition.storageVersion ?? definition.versions[0]!.version;
  const group = definition.storedAs?.group ?? definition.group;
  const subject = `${group}/${version}/${definition.kind}`;
  return createHash('sha256').update(subject).digest().subarray(0, 8).toString('base64');
}
