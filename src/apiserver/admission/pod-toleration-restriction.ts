import { qosClass } from '#api/core/pod/qos.ts';
import type { Pod, Toleration } from '#api/generated/types/core.v1.ts';
import { deepEqual } from '#base/equal.ts';
import type { SchemaRegistry } from '#api/schemas.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { decodeValue, parseJson } from '#machinery/json-decode.ts';
import { statusError } from '#machinery/status.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import { type AdmissionPlugin, changeOf } from './plugin.ts';
import type { AdmissionRequest } from './request.ts';

/** podtolerationrestriction.admission.k8s.io Configuration: for namespaces that say nothing themselves. */
export interface TolerationSettings {
  readonly default?: readonly Toleration[];
  readonly whitelist?: readonly Toleration[];
}

const defaultsAnnotation = 'scheduler.alpha.kubernetes.io/defaultTolerations';
const allowedAnnotation = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist';

const memoryPressure: Toleration = {
  key: 'node.kubernetes.io/memory-pressure',
  operator: 'Exists',
  effect: 'NoSchedule',
};

/** Pods get the tolerations of their namespace, and have none but those that it allows. */
export function podTolerationRestriction(
  namespaces: ResourceCache,
  settings: TolerationSettings,
  schemas: SchemaRegistry,
): AdmissionPlugin {
  const annotated = (namespace: string, annotation: string): readonly Toleration[] | undefined => {
    const found = namespaces.get(namespace);
    if (!found) throw statusError.notFound({ group: '', resource: 'namespaces' }, namespace);
    const text = found.object.metadata.annotations?.[annotation];
    return text === undefined ? undefined : tolerationsOf(text, schemas);
  };
  const validate = ({ namespace, object }: AdmissionRequest) => {
    const own = (object as Pod).spec?.tolerations ?? [];
    if (own.length === 0) return;
    const ofNamespace = annotated(namespace, allowedAnnotation);
    const allowed = ofNamespace ?? settings.whitelist ?? [];
    if (allowed.length === 0) return;
    if (own.every(one => allowed.some(other => covers(other, one)))) return;
    throw statusError.unclassified(
      `pod tolerations (possibly merged with namespace default tolerations) conflict with its ${ofNamespace ? 'namespace' : 'cluster'} whitelist`,
    );
  };
  return {
    name: 'PodTolerationRestriction',
    concerns: changeOf('core/pods'),
    mutate(request) {
      const { operation, namespace, object } = request;
      const { spec } = object as Pod;
      if (!spec) return;
      const defaults =
        operation === 'CREATE' ? (annotated(namespace, defaultsAnnotation) ?? settings.default ?? []) : [];
      const more = qosClass(object as Pod) === 'BestEffort' ? defaults : [...defaults, memoryPressure];
      if (more.length > 0)
        spec.tolerations = structuredClone(withoutCovered([...(spec.tolerations ?? []), ...more]));
      validate(request);
    },
    validate,
  };
}

function tolerationsOf(text: string, schemas: SchemaRegistry): readonly Toleration[] {
  if (text === '') return [];
  const schema = schemas.schemaOf('io.k8s.api.core.v1.Toleration')!;
  try {
    const value = parseJson(text) ?? [];
    if (Array.isArray(value)) return value.map(one => decodeValue<Toleration>(one, schema));
    const kind = typeof value === 'boolean' ? 'bool' : typeof value;
    throw new DecodeError(`json: cannot unmarshal ${kind} into Go value of type []v1.Toleration`);
  } catch (error) {
    throw error instanceof DecodeError ? statusError.unclassified(error.message) : error;
  }
}

/** Those that no other makes needless; of equal ones the first. */
function withoutCovered(all: readonly Toleration[]): Toleration[] {
  const kept: Toleration[] = [];
  all.forEach((one, i) => {
    if (kept.some(other => covers(other, one))) return;
    const isCovered = all.slice(i + 1).some(other => !deepEqual(one, other) && covers(other, one));
    if (!isCovered) kept.push(one);
  });
  return kept;
}

/** Whether `wide` tolerates all that `one` does. */
function covers(wide: Toleration, one: Toleration): boolean {
  if (deepEqual(wide, one)) return true;
  if ((one.key ?? '') !== (wide.key ?? '') && (wide.key || wide.operator !== 'Exists')) return false;
  if (wide.effect && one.effect !== wide.effect) return false;
  if (wide.effect === 'NoExecute' && wide.tolerationSeconds !== undefined) {
    if (one.tolerationSeconds === undefined || one.tolerationSeconds > wide.tolerationSeconds) return false;
  }
  if (wide.operator === 'Exists') return true;
  return (
    (wide.operator ?? 'Equal') === 'Equal' &&
    one.operator === 'Equal' &&
    (one.value ?? '') === (wide.value ?? '')
  );
}
