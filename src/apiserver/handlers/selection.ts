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

/** Reads labelSelector and fieldSelector. Throws BadRequest in upstream's words. */
export function parseSelection(query: URLSearchParams, served: ServedResource): Selection {
  const labelText = query.get('labelSelector') ?? '';
  const fieldText = query.get('fieldSelector') ?? '';
  if (labelText === '' && fieldText === '') return everything;
  const labels = labelText === '' ? undefined : parseLabels(labelText);
  const fields = fieldText === '' ? undefined : parseFields(fieldText, served);
  return {
    all: false,
    matches: object =>
      (!labels || labels.matches(object.metadata.labels ?? {})) && (!fields || fields(object)),
  };
}

function parseLabels(text: string): LabelSelector {
  try {
    return parseLabelSelector(text);
  } catch (error) {
    throw statusError.badRequest((error as Error).message);
  }
}

function parseFields(text: string, served: ServedResource): (object: KubeObject) => boolean {
  let selector: FieldSelector;
  try {
    selector = parseFieldSelector(text);
  } catch (error) {
    throw statusError.badRequest((error as Error).message);
  }
  const tests = selector.requirements.map(({ field, operator, value }) => {
    const get = fieldGetter(field, served);
    return (object: KubeObject) => (get(object) === value) === (operator !== '!=');
  });
  return object => tests.every(test => test(object));
}

function fieldGetter(field: string, served: ServedResource): (object: KubeObject) => string {
  if (field === 'metadata.name') return object => object.metadata.name ?? '';
  const { namespaced, selectableFields } = served.definition;
  // A kind of the cluster that names its fields leaves this one out.
  if (field === 'metadata.namespace' && (namespaced || !selectableFields))
    return object => object.metadata.namespace ?? '';
  const own = selectableFields?.[field];
  if (own) return own;
  if (selectableFields) throw statusError.badRequest(`field label not supported: ${field}`);
  throw statusError.badRequest(
    `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}
