import type { KubeObject } from '#machinery/object.ts';
import { annotationJson } from '../print/printer.ts';
import { parseExactJson } from '#machinery/json-parse.ts';

export const lastAppliedKey = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object with its own configuration in the annotation that the next apply compares with. */
export function withLastApplied(object: KubeObject): KubeObject {
  const { [lastAppliedKey]: _, ...annotations } = object.metadata.annotations ?? {};
  const bare = { ...object, metadata: { ...object.metadata, annotations } };
  return {
    ...bare,
    metadata: { ...bare.metadata, annotations: { ...annotations, [lastAppliedKey]: annotationJson(bare) } },
  };
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
