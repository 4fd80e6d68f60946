import { listKindOf } from '#api/definition.ts';
import { sortMembers } from '#machinery/member-order.ts';
import { type KubeObject, type ListMeta, apiVersionOf } from '#machinery/object.ts';
import type { Entry } from './entry.ts';
import { type ServedResource, fromStorage } from './served.ts';

/** What a list of a resource says of itself, and where its items are to come. */
export function emptyList(served: ServedResource, metadata: ListMeta) {
  const { definition, version } = served;
  const kind = listKindOf(definition);
  const apiVersion = apiVersionOf({ group: definition.group, version: version.version });
  const items: object[] = [];
  if (!definition.conversion) return { kind, apiVersion, metadata, items };
  // Upstream's lists of custom resources, which are of no Go type, have a place to go on at though there is none.
  return sortMembers({ kind, apiVersion, metadata: { continue: '', ...metadata }, items });
}

/** A list's JSON before and behind the items that it has not; `name` is what they are called. */
export function cutItems(json: string, name: 'items' | 'rows'): readonly [string, string] {
  const [head, end] = cut(json, `"${name}":[]`);
  return [`${head}"${name}":[`, `]${end}`];
}

/** The text before and behind `part`, which is in it once. */
export function cut(text: string, part: string): readonly [string, string] {
  const at = text.indexOf(part);
  return [text.slice(0, at), text.slice(at + part.length)];
}

/** What a list shows of an entry: custom resources their kind too. */
export function listItem(served: ServedResource, entry: Entry): object {
  if (served.definition.conversion) return entry.object;
  const { kind: _kind, apiVersion: _version, ...rest }: KubeObject = fromStorage(served, entry.object);
  return rest;
}
