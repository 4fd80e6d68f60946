import type { ScaleSubresource } from '#api/definition.ts';
import type { Scale } from '#api/generated/types/autoscaling.v1.ts';
import { getPath, setPath } from '#machinery/path.ts';
import type { KubeObject } from '#machinery/object.ts';
import { type LabelSelectorObject, parseSelectorObject } from '#machinery/selectors.ts';
import { statusError } from '#machinery/status.ts';
import { decodeAs } from '../decode.ts';
import { updateObject } from '../resources/update.ts';
import type { ApiResponse } from '../response.ts';
import { type ResourceRequest, type Services, writeContext } from './context.ts';
import { applyPatch } from './patch.ts';
import { scopeOf } from './read.ts';
import { keyOf } from '../resources/write-context.ts';
import { matchName, matchNamespace } from './write.ts';

const schema = 'io.k8s.api.autoscaling.v1.Scale';

/** GET, PUT and PATCH of /scale: one view on every kind that has replicas. */
export async function scaleHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const { served, info } = call;
  const paths = served.definition.scale;
  if (!paths) throw statusError.noSuchPath();
  if (info.verb === 'get') {
    const entry = served.cache.get(keyOf({ namespace: scopeOf(call) }, info.name));
    if (!entry) throw statusError.notFound(served.what, info.name);
    return { type: 'value', status: 200, value: scaleOf(entry.object, paths) };
  }
  const wanted = info.verb === 'update' ? decodeScale(services, call) : undefined;
  const context = { ...writeContext(call), subresource: '' };
  const { entry } = await updateObject(services, context, info.name, current => {
    const scale = wanted ?? applyPatch<Scale>(services, call, scaleOf(current, paths), schema);
    return withReplicas(current, scale, paths);
  });
  return { type: 'value', status: 200, value: scaleOf(entry.object, paths) };
}

function decodeScale(services: Services, call: ResourceRequest): Scale {
  const scale = decodeAs(services, call, schema) as Scale;
  matchName(call, scale);
  matchNamespace(call, scale);
  return scale;
}

function withReplicas(current: KubeObject, scale: Scale, paths: ScaleSubresource): KubeObject {
  const replicas = scale.spec?.replicas ?? 0;
  if (!Number.isInteger(replicas) || replicas < 0) {
    throw statusError.invalid({ group: 'autoscaling', kind: 'Scale' }, current.metadata.name!, [
      {
        type: 'FieldValueInvalid',
        field: 'spec.replicas',
        message: `Invalid value: ${replicas}: must be greater than or equal to 0`,
      },
    ]);
  }
  const object = structuredClone(current);
  setPath(object, paths.specReplicasPath, replicas);
  if (scale.metadata.resourceVersion) object.metadata.resourceVersion = scale.metadata.resourceVersion;
  else delete object.metadata.resourceVersion;
  return object;
}

function scaleOf(object: KubeObject, paths: ScaleSubresource): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = selectorText(getPath(object, paths.selectorPath));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace ? { namespace } : {}), uid, resourceVersion, creationTimestamp },
    spec: { replicas: (getPath(object, paths.specReplicasPath) as number | undefined) ?? 0 },
    status: {
      replicas: (getPath(object, paths.statusReplicasPath) as number | undefined) ?? 0,
      ...(selector === '' ? {} : { selector }),
    },
  };
}

/** A LabelSelector, or the map of labels that a ReplicationController has, as text. */
function selectorText(selector: unknown): string {
  if (typeof selector !== 'object' || selector === null) return typeof selector === 'string' ? selector : '';
  const structured = 'matchLabels' in selector || 'matchExpressions' in selector;
  const object = structured ? selector : { matchLabels: selector };
  return parseSelectorObject(object as LabelSelectorObject).toString();
}
