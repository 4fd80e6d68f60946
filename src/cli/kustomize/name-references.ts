import { CliError, messageOf } from '../errors.ts';
import { type FieldSpec, type Place, placeIn, visitField } from './field-spec.ts';
import type { NameReference } from './field-specs.ts';
import {
  effectiveNamespace,
  type Gvk,
  idText,
  isClusterScoped,
  isOfKind,
  sameNamespace,
} from './identity.ts';
import { isMap, isScalar, type JsonMap, mapIn, textOf } from './json.ts';
import type { Resource } from './resource.ts';
import type { ResourceSet } from './resource-set.ts';

/** Names in resources follow those of the resources that they mean. */
export function fixNameReferences({ resources }: ResourceSet, references: readonly NameReference[]): void {
  for (const referrer of resources) {
    mustNameNamespaces(referrer);
    const within = resources.filter(target => mayMean(referrer, target));
    for (const reference of references)
      for (const spec of reference.fieldSpecs)
        if (isOfKind(referrer.originalId, spec)) fixField(referrer, within, reference, spec);
  }
}

function fixField(referrer: Resource, within: Resource[], target: Gvk, spec: FieldSpec): void {
  // By its kind of now, should that have changed.
  const place = { path: spec.path, ...referrer.gvk };
  try {
    visitField(referrer, place, found => fixPlace(found, { referrer, within, target, path: spec.path }));
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    throw new CliError(
      `updating name reference in '${spec.path}' field of '${idText(referrer.id)}': ${messageOf(error)}`,
    );
  }
}

interface Search {
  readonly referrer: Resource;
  readonly within: readonly Resource[];
  readonly target: Gvk;
  readonly path: string;
}

function fixPlace(place: Place, search: Search): void {
  const { value } = place;
  if (Array.isArray(value)) for (const at of value.keys()) fixPlace(placeIn(value, at), search);
  else if (isMap(value)) fixMap(value, search);
  else if (isScalar(value)) {
    const found = meant(textOf(value), search.within, search, false);
    if (found) place.set(found.name);
  }
}

/** A map that names another by name and namespace (a binding's subject, a webhook's service). */
function fixMap(map: JsonMap, search: Search): void {
  if (map.name === undefined) throw new CliError("path config error; no 'name' field in node");
  const within =
    map.namespace === undefined ? search.within : inNamespace(textOf(map.namespace), search.within);
  const found = meant(textOf(map.name), within, search, true);
  if (!found) return;
  map.name = found.name;
  if (found.namespace !== '') map.namespace = found.namespace;
}

function inNamespace(namespace: string, resources: readonly Resource[]): readonly Resource[] {
  const first = resources.filter(one => effectiveNamespace(one.originalId) === namespace);
  return first.length > 0 ? first : resources.filter(one => effectiveNamespace(one.id) === namespace);
}

/** The resource that was once called `name`, if it is clear which; of several that are alike, the first. */
function meant(
  name: string,
  within: readonly Resource[],
  { referrer, target, path }: Search,
  byNamespace: boolean,
): Resource | undefined {
  const isMeant = roleRefOf(referrer, path);
  const called = within.filter(
    one =>
      one.formerIds.some(id => id.name === name) &&
      one.formerIds.some(id => isOfKind(id, target)) &&
      (!isMeant || one.formerIds.some(id => isOfKind(id, isMeant))) &&
      inReach(referrer, one),
  );
  if (called.length <= 1) return called[0];
  const alike = called.filter(one => sameAffixes(one, referrer, true));
  const best = alike.length > 1 ? alike.filter(one => sameAffixes(one, referrer, false)) : alike;
  const [first] = best;
  const isSame = (one: Resource) =>
    one.name === first!.name && (!byNamespace || one.namespace === first!.namespace);
  if (best.every(isSame)) return first;
  throw new CliError(`found multiple possible referrals: ${best.map(one => idText(one.id)).join(', ')}`);
}

/** A binding's role is a Role or a ClusterRole, as the binding says. */
function roleRefOf({ object }: Resource, path: string): Gvk | undefined {
  if (!path.endsWith('roleRef/name')) return undefined;
  const { apiGroup, kind } = mapIn(object, 'roleRef');
  return apiGroup === undefined || kind === undefined
    ? undefined
    : { group: textOf(apiGroup), kind: textOf(kind) };
}

function inReach(referrer: Resource, target: Resource): boolean {
  return (
    isClusterScoped(referrer.gvk) ||
    isClusterScoped(target.gvk) ||
    target.kind === 'ServiceAccount' ||
    sameNamespace(referrer.id, target.id)
  );
}

function mustNameNamespaces({ kind, object, id }: Resource): void {
  const { subjects } = object;
  if (kind !== 'RoleBinding' || !Array.isArray(subjects)) return;
  for (const one of subjects)
    if (
      isMap(one) &&
      one.kind === 'ServiceAccount' &&
      'namespace' in one &&
      typeof one.namespace !== 'string'
    )
      throw new CliError(`Invalid Input: namespace is blank for resource ${JSON.stringify(idText(id))}\n`);
}

/** Bindings may name the accounts of other namespaces, all else only what is in their own or in none. */
function mayMean(referrer: Resource, target: Resource): boolean {
  if (isClusterScoped(referrer.gvk) || isClusterScoped(target.gvk)) return true;
  if (sameNamespace(referrer.id, target.id)) return true;
  const { subjects } = referrer.object;
  return (
    referrer.kind === 'RoleBinding' &&
    Array.isArray(subjects) &&
    subjects.some(
      one => isMap(one) && one.kind === 'ServiceAccount' && textOf(one.namespace) === target.namespace,
    )
  );
}

/** Both came through the same kustomizations, as far as their prefixes and suffixes tell. */
function sameAffixes(a: Resource, b: Resource, emptyIsAny: boolean): boolean {
  const agree = (one: readonly string[], other: readonly string[]) => {
    if (one.length === 0 || other.length === 0) return emptyIsAny || one.length === other.length;
    const [short, long] = one.length < other.length ? [one, other] : [other, one];
    return short.every((affix, at) => affix === long[at + long.length - short.length]);
  };
  return agree(a.prefixes, b.prefixes) && agree(a.suffixes, b.suffixes);
}
