import type { KubeObject } from '#machinery/object.ts';
import { annotationJson } from '../print/printer.ts';
import { parseExactJson } from '#machinery/json-parse.ts';

export const lastAppliedKey = 'kubectl.kubernetes.io/last-applied-configuration';

export function withoutLastApplied(object: KubeObject): KubeObject {
  const { [lastAppliedKey]: _, ...annotations } = object.metadata.annotations ?? {};
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** The object with its own configuration in the annotation that the next apply compares with. */
export function withLastApplied(object: KubeObject): KubeObject {
  const bare = withoutLastApplied(object);
  const annotations = { ...bare.metadata.annotations, [lastAppliedKey]: annotationJson(bare) };
  return { ...bare, metadata: { ...bare.metadata, annotations } };
}

/** What was applied last, if anything was. */
export function lastApplied(object: KubeObject): KubeObject | undefined {
  const text = object.metadata.annotations?.[lastAppliedKey];
  return text ? (parseExactJson(text) as KubeObject) : undefined;
}

/** The object with its annotation renewed, where it has one or `save` asks for it. */
export function refreshLastApplied(object: KubeObject, save: boolean): KubeObject {
  return save || object.metadata.annotations?.[lastAppliedKey] !== undefined
    ? withLastApplied(object)
    : object;
}
