import { listKindOf } from '#api/definition.ts';
import { type KubeObject, type ListMeta, apiVersionOf } from '#machinery/object.ts';
import type { Entry } from './entry.ts';
import { type ServedResource, fromStorage } from './served.ts';

/** What a list of a resource says of itself. */
export function listHead(served: ServedResource, metadata: ListMeta) {
  const { definition, version } = served;
  return {
    kind: listKindOf(definition),
    apiVersion: apiVersionOf({ group: definition.group, version: version.version }),
    // Upstream's lists of custom resources, which are of no Go type, have a place to go on at though there is none.
    metadata: definition.conversion ? { continue: '', ...metadata } : metadata,
  };
}

/** What a list shows of an entry: custom resources their kind too. */
export function listItem(served: ServedResource, entry: Entry): object {
  if (served.definition.conversion) return entry.object;
  const { kind: _kind, apiVersion: _version, ...rest }: KubeObject = fromStorage(served, entry.object);
  return rest;
}
