import {
  type FieldSelector,
  type LabelSelector,
  parseFieldSelector,
  parseLabelSelector,
} from '#machinery/selectors.ts';
import type { KubeObject } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import type { ServedResource } from '../resources/served.ts';

/** Which objects a list, watch or deletecollection is about. */
export interface Selection {
  /** No selector at all. */
  readonly all: boolean;
  matches(object: KubeObject): boolean;
}

const everything: Selection = { all: true, matches: () => true };

/** What labelSelector and fieldSelector say, whatever kind they are asked of. */
export interface Selectors {
  readonly labels: LabelSelector | undefined;
  readonly fields: FieldSelector | undefined;
}

/** Throws BadRequest in upstream's words. */
export function parseSelectors(query: URLSearchParams): Selectors {
  const labels = query.get('labelSelector') ?? '';
  const fields = query.get('fieldSelector') ?? '';
  return {
    labels: labels === '' ? undefined : parsed(parseLabelSelector, labels),
    fields: fields === '' ? undefined : parsed(parseFieldSelector, fields),
  };
}

/** What of a kind they select. Throws BadRequest for a field that the kind does not know. */
export function selectionOf({ labels, fields: asked }: Selectors, served: ServedResource): Selection {
  if (!labels && !asked) return everything;
  const fields = asked && fieldTest(asked, served);
  return {
    all: false,
    matches: object =>
      (!labels || labels.matches(object.metadata.labels ?? {})) && (!fields || fields(object)),
  };
}

function parsed<T>(parse: (text: string) => T, text: string): T {
  try {
    return parse(text);
  } catch (error) {
    throw statusError.badRequest((error as Error).message);
  }
}

function fieldTest(selector: FieldSelector, served: ServedResource): (object: KubeObject) => boolean {
  const tests = selector.requirements.map(({ field, operator, value }) => {
    const get = fieldGetter(field, served);
    return (object: KubeObject) => (get(object) === value) === (operator !== '!=');
  });
  return object => tests.every(test => test(object));
}

function fieldGetter(field: string, served: ServedResource): (object: KubeObject) => string {
  if (field === 'metadata.name') return object => object.metadata.name ?? '';
  const { namespaced, selectableFields, unselectable } = served.definition;
  // A kind of the cluster that names its fields leaves this one out.
  if (field === 'metadata.namespace' && (namespaced || !selectableFields))
    return object => object.metadata.namespace ?? '';
  const own = selectableFields?.[field];
  if (own) return own;
  if (selectableFields)
    throw statusError.badRequest(unselectable?.(field) ?? `field label not supported: ${field}`);
  throw statusError.badRequest(
    `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}
