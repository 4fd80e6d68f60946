import { compileGoRegexp } from '#machinery/go-regexp.ts';
import { CliError } from '../errors.ts';
import { joinSpecs, type Place, placeIn, setScalar, visitField, visitFields } from './field-spec.ts';
import type { TransformerFields } from './field-specs.ts';
import { gvkText, isClusterScoped, isOfKind, sameId } from './identity.ts';
import { isMap, isScalar, textOf } from './json.ts';
import type { ImageRule } from './kustomization.ts';
import { patchesFrom, patchesJson6902, patchesStrategicMerge } from './patches.ts';
import { replaceFields } from './replacements.ts';
import type { Resource } from './resource.ts';
import type { ResourceSet } from './resource-set.ts';
import type { Transformation } from './transformation.ts';

/** Does what some fields of a kustomization ask for to all its resources. */
type Transformer = (work: Transformation) => void | Promise<void>;

/** In the order in which they run. */
export const transformers: readonly Transformer[] = [
  patchesStrategicMerge,
  patchesFrom,
  setNamespace,
  addPrefix,
  addSuffix,
  addLabels,
  addAnnotations,
  patchesJson6902,
  setReplicas,
  setImages,
  replaceFields,
];

function setNamespace({ kustomization: { namespace }, set, fields }: Transformation): void {
  if (!namespace) return;
  for (const resource of set.resources) {
    resource.remember();
    if (!isClusterScoped(resource.gvk)) resource.namespace = namespace;
    if (/^(?:Cluster)?RoleBinding$/.test(resource.kind)) setDefaultSubjects(resource, namespace);
    const isCore = resource.object.apiVersion === 'v1';
    const own = fields.namespace.filter(
      ({ path, kind = '' }) =>
        path !== 'metadata/namespace' &&
        (isCore || path !== 'metadata/name') &&
        !(path === 'subjects/namespace' && kind.endsWith('RoleBinding')),
    );
    visitFields(resource, own, place => setScalar(place, namespace), 'scalar');
    const { id } = resource;
    if (set.resources.filter(other => sameId(other.id, id)).length !== 1)
      throw new CliError(`namespace transformation produces ID conflict: ${JSON.stringify(resource.object)}`);
  }
}

/** Service accounts that are called default are those of the bindings' own namespace. */
function setDefaultSubjects(resource: Resource, namespace: string): void {
  const { subjects } = resource.object;
  for (const subject of Array.isArray(subjects) ? subjects : [])
    if (isMap(subject) && subject.name === 'default') subject.namespace = namespace;
}

/** Kinds whose names say more than a name. */
const unaffixed = [
  { kind: 'CustomResourceDefinition' },
  { group: 'apiregistration.k8s.io', kind: 'APIService' },
  { kind: 'Namespace' },
];

function addPrefix({ kustomization: { namePrefix }, set, fields }: Transformation): void {
  if (!namePrefix) return;
  affix(
    set,
    fields.namePrefix,
    resource => resource.prefixes.push(namePrefix),
    name => namePrefix + name,
  );
}

function addSuffix({ kustomization: { nameSuffix }, set, fields }: Transformation): void {
  if (!nameSuffix) return;
  affix(
    set,
    fields.nameSuffix,
    resource => resource.suffixes.push(nameSuffix),
    name => name + nameSuffix,
  );
}

function affix(
  { resources }: ResourceSet,
  specs: TransformerFields['namePrefix'],
  note: (resource: Resource) => void,
  affixed: (name: string) => string,
): void {
  for (const resource of resources) {
    const { originalId } = resource;
    if (unaffixed.some(gvk => isOfKind(originalId, gvk))) continue;
    for (const spec of specs.filter(one => isOfKind(originalId, one))) {
      if (spec.path === 'metadata/name') {
        note(resource);
        resource.remember();
      }
      visitField(resource, spec, place => setScalar(place, affixed(textOf(place.value))), 'scalar');
    }
  }
}

function addLabels({ kustomization, set, fields }: Transformation): void {
  for (const { pairs = {}, includeSelectors, includeTemplates, fields: own = [] } of kustomization.labels) {
    const asked = joinSpecs(own, fields.labels);
    const templates = includeTemplates ? joinSpecs(asked, fields.templateLabels) : asked;
    const specs = includeSelectors
      ? joinSpecs(asked, fields.commonLabels)
      : joinSpecs(templates, [{ path: 'metadata/labels', create: true }]);
    addTexts(set, specs, pairs);
  }
  addTexts(set, fields.commonLabels, kustomization.commonLabels ?? {});
}

function addAnnotations({ kustomization, set, fields }: Transformation): void {
  addTexts(set, fields.commonAnnotations, kustomization.commonAnnotations ?? {});
}

function addTexts(
  { resources }: ResourceSet,
  specs: TransformerFields['labels'],
  texts: Record<string, string>,
): void {
  const add = ({ value }: Place) => {
    if (!isMap(value)) throw new CliError('wrong node kind: expected MappingNode');
    Object.assign(value, texts);
  };
  if (Object.keys(texts).length > 0)
    for (const resource of resources) visitFields(resource, specs, add, 'map');
}

function setReplicas({ kustomization, set, fields }: Transformation): void {
  for (const { name, count = 0 } of kustomization.replicas) {
    const found = fields.replicas.map(spec => {
      const meant = set.calledEver(id => id.name === name && isOfKind(id, spec));
      for (const resource of meant) visitField(resource, spec, place => setScalar(place, count), 'scalar');
      return meant.length > 0;
    });
    if (!found.includes(true))
      throw new CliError(
        `resource with name ${name} does not match a config with the following GVK [${fields.replicas.map(gvkText).join(' ')}]`,
      );
  }
}

function setImages({ kustomization, set, fields }: Transformation): void {
  for (const rule of kustomization.images) {
    const tag = `(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?`;
    const pattern = compileGoRegexp(`^${rule.name ?? ''}${tag}$`);
    const change = (place: Place) => {
      if (!isScalar(place.value)) return;
      const image = textOf(place.value);
      if (pattern.test(image)) place.set(retagged(image, rule));
    };
    for (const resource of set.resources.filter(({ kind }) => kind !== 'CustomResourceDefinition')) {
      imagesWithin(resource.object, change);
      visitFields(resource, fields.images, change);
    }
  }
}

/** Those of whatever is called containers, however deep. */
function imagesWithin(value: unknown, change: (place: Place) => void): void {
  if (Array.isArray(value)) for (const item of value) imagesWithin(item, change);
  if (!isMap(value)) return;
  for (const [name, part] of Object.entries(value)) {
    imagesWithin(part, change);
    if ((name !== 'containers' && name !== 'initContainers') || !Array.isArray(part)) continue;
    for (const item of part.filter(isMap)) if (item.image !== undefined) change(placeIn(item, 'image'));
  }
}

function retagged(image: string, { newName, newTag, digest, tagSuffix }: ImageRule): string {
  const slash = Math.max(0, image.indexOf('/'));
  const [, name, tag = '', hash = ''] = /^([^:@]*)(?::([^@]*))?(?:@(.*))?$/s.exec(image.slice(slash))!;
  const changed = newTag || digest;
  const nextTag = changed ? (newTag ?? '') : tag + (tagSuffix ?? '');
  const nextHash = changed ? (digest ?? '') : tagSuffix ? '' : hash;
  const base = newName || image.slice(0, slash) + name;
  return `${base}${nextTag && `:${nextTag}`}${nextHash && `@${nextHash}`}`;
}
