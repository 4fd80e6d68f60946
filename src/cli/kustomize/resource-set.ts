import { compileGoRegexp } from '#machinery/go-regexp.ts';
import { parseLabelSelector } from '#machinery/selectors.ts';
import { CliError } from '../errors.ts';
import { effectiveNamespace, idText, notANamespace, type ResourceId, sameId } from './identity.ts';
import { type JsonMap, textsIn } from './json.ts';
import type { Resource } from './resource.ts';
import type { Selector } from './kustomization.ts';

/** The resources of a build, in the order in which they came. No two have one id. */
export class ResourceSet {
  resources: Resource[] = [];

  append(resource: Resource): void {
    const { id } = resource;
    if (this.resources.some(other => sameId(other.id, id)))
      throw new CliError(`may not add resource with an already registered id: ${idText(id)}`);
    this.resources.push(resource);
  }

  appendAll(resources: readonly Resource[]): void {
    for (const resource of resources) this.append(resource);
  }

  /** Those that are, or were, called so. */
  calledEver(matches: (id: ResourceId) => boolean): Resource[] {
    return this.resources.filter(resource => resource.ids.some(matches));
  }

  /** The one that a patch by id means. */
  theOne(id: ResourceId): Resource {
    const found = this.calledEver(other => sameId(other, id));
    if (found.length === 1) return found[0]!;
    throw new CliError(
      `${found.length > 1 ? 'multiple' : 'no'} matches for Id ${idText(id)}; failed to find unique target for patch ${idText(id)}`,
    );
  }

  /** Adds what a generator made, or puts it in another's place, or into another, as its behavior says. */
  absorb(resource: Resource): void {
    const { behavior, id } = resource;
    const found = this.calledEver(other => sameId(other, id));
    if (found.length > 1)
      throw new CliError(`found multiple objects that could accept merge of ${idText(id)}`);
    const [old] = found;
    const isChange = behavior === 'merge' || behavior === 'replace';
    if (!old) {
      if (isChange) throw new CliError(`id ${goId(id)} does not exist; cannot merge or replace`);
      this.append(resource);
      return;
    }
    if (!isChange)
      throw new CliError(
        `id ${goId(id)} exists; can not use behavior: '${behavior}', behavior must be merge or replace`,
      );
    resource.setTexts('labels', { ...old.labels, ...resource.labels });
    resource.setTexts('annotations', { ...old.annotations, ...resource.annotations });
    resource.name = old.name;
    resource.namespace = old.namespace;
    resource.succeed(old);
    if (behavior === 'merge')
      for (const field of ['data', 'binaryData']) mergeTexts(resource.object, old.object, field);
    this.resources[this.resources.indexOf(old)] = resource;
  }

  /** What a patch's target means: by names and namespaces of now or of first, as regular expressions. */
  select(selector: Selector): Resource[] {
    const whole = (pattern: string | undefined) => {
      if (!pattern) return () => true;
      const compiled = compileGoRegexp(`^(?:${pattern})$`);
      return (text: string) => compiled.test(text);
    };
    const [group, version, kind] = [whole(selector.group), whole(selector.version), whole(selector.kind)];
    const [name, namespace] = [whole(selector.name), whole(selector.namespace)];
    const place = (id: ResourceId) => effectiveNamespace(id) ?? notANamespace;
    return this.resources.filter(resource => {
      const { id, originalId, gvk } = resource;
      return (
        (namespace(place(originalId)) || namespace(place(id))) &&
        (name(originalId.name) || name(id.name)) &&
        group(gvk.group ?? '') &&
        version(gvk.version ?? '') &&
        kind(gvk.kind ?? '') &&
        matchesTexts(resource, selector)
      );
    });
  }
}

/** Whether labels and annotations are as a selector has them. */
export function matchesTexts(resource: Resource, selector: Selector): boolean {
  const { labelSelector, annotationSelector } = selector;
  return (
    (!labelSelector || parseLabelSelector(labelSelector).matches(resource.labels)) &&
    (!annotationSelector || parseLabelSelector(annotationSelector).matches(resource.annotations))
  );
}

function mergeTexts(target: JsonMap, old: JsonMap, field: string): void {
  const merged = { ...textsIn(old, field), ...textsIn(target, field) };
  if (Object.keys(merged).length > 0) target[field] = merged;
  else delete target[field];
}

/** As Go's %#v shows one. */
function goId({ group = '', version = '', kind = '', name, namespace }: ResourceId): string {
  const gvk = `resid.Gvk{Group:"${group}", Version:"${version}", Kind:"${kind}", isClusterScoped:false}`;
  return `resid.ResId{Gvk:${gvk}, Name:"${name}", Namespace:"${namespace}"}`;
}
