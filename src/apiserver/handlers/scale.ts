import { age, ageColumn, column } from '#api/columns.ts';
import type { ScaleSubresource } from '#api/definition.ts';
import type { Scale } from '#api/generated/types/autoscaling.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import { deepEqual } from '#base/equal.ts';
import type { Breathe } from '#base/time-slice.ts';
import { fieldError } from '#machinery/field.ts';
import { getPath, setPath } from '#machinery/path.ts';
import type { KubeObject, ManagedFieldsEntry } from '#machinery/object.ts';
import { type LabelSelectorObject, parseSelectorObject } from '#machinery/selectors.ts';
import { type StatusError, statusError } from '#machinery/status.ts';
import type { TableSource } from '#machinery/table.ts';
import { managerNameOf } from '../apply/manager-name.ts';
import { parentManagedFields, scaleManagedFields, scaleSchema, trackedScale } from '../apply/scale.ts';
import { setManagedFields, trackedFields } from '../apply/track.ts';
import { decodeAs } from '../decode.ts';
import { updateObject } from '../resources/update.ts';
import type { ApiResponse } from '../response.ts';
import { virtualAdmission, withoutAdmission } from './admit.ts';
import { type ResourceRequest, type Services, writeContext } from './context.ts';
import { applyAs, decodeApplied, isApply, readConfig } from './apply.ts';
import { keepIdentity, matchIdentity } from './identity.ts';
import { applyPatch } from './patch.ts';
import { scopeOf } from './read.ts';
import { readAnew } from '../resources/presented.ts';
import type { ServedResource } from '../resources/served.ts';
import { keyOf, noSuchObject } from '../resources/write-context.ts';

/** GET, PUT and PATCH of /scale: one view on every kind that has replicas. */
export async function scaleHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const { served, info } = call;
  const paths = served.definition.scale;
  if (!paths) throw statusError.noSuchPath();
  if (info.verb === 'get') {
    const entry = await readAnew(served, keyOf({ namespace: scopeOf(call) }, info.name));
    if (!entry) throw noSuchObject(served, info.name);
    if (getPath(entry.object, paths.specReplicasPath) === undefined) {
      const path = JSON.stringify(paths.specReplicasPath);
      throw statusError.internal(`the spec replicas field ${path} does not exist`);
    }
    return answer(served, scaleOf(entry.object, paths));
  }
  const scaling = scalingOf(services, call);
  const context = { ...writeContext(services, call), subresource: '', fieldManager: undefined };
  const { entry } = await updateObject(
    withoutAdmission(services),
    context,
    info.name,
    async (current, breathe) => {
      const old = scaleOf(current, paths);
      const isCustom = served.definition.conversion !== undefined;
      if (isCustom && getPath(current, paths.specReplicasPath) === undefined) old.spec = { replicas: unset };
      const shownFields = scaleManagedFields(services, served, current.metadata.managedFields);
      const { scale, managedFields } = await scaling(old, shownFields, breathe);
      if (isCustom) mustSet(scale, paths);
      else checkReplicas(scale, current);
      if (info.verb === 'patch' && !isCustom) checkUid(served, scale, current);
      setManagedFields(scale, managedFields);
      const seen = { ...old, metadata: { ...old.metadata } };
      setManagedFields(seen, shownFields);
      const { resourceVersion } = scale.metadata;
      // A patch was put on this very version, though it does not insist on it.
      if (info.verb === 'patch') scale.metadata.resourceVersion ??= old.metadata.resourceVersion!;
      await virtualAdmission(services, call, 'UPDATE', scale, { old: seen }).mutate();
      const next = withReplicas(current, scale, paths, resourceVersion);
      // What is validated is shown as what will have been scaled shows it.
      const made = { ...scaleOf(next, paths), metadata: old.metadata };
      await virtualAdmission(services, call, 'UPDATE', made, { old }).validate();
      // Who sends a whole Scale means that of this very object.
      if (info.verb === 'update' && scale.metadata.uid) next.metadata.uid = scale.metadata.uid;
      setManagedFields(
        next,
        parentManagedFields(services, served, current.metadata.managedFields, managedFields),
      );
      return next;
    },
  );
  return answer(served, scaleOf(entry.object, paths));
}

function answer({ definition }: ServedResource, value: Scale): ApiResponse {
  return { type: 'value', status: 200, value, table: definition.conversion ? customScaleTable : scaleTable };
}

const scaleTable: TableSource = {
  columns: [column('Name'), column('Desired', 'integer'), column('Available', 'integer'), ageColumn],
  row: ({ metadata, spec, status }: Scale, nowMs) => [
    metadata.name,
    spec?.replicas ?? 0,
    status?.replicas ?? 0,
    age({ metadata }, nowMs),
  ],
};

/** The columns of what is custom say by their types what they hold. */
const customScaleTable: TableSource = {
  ...scaleTable,
  columns: [...scaleTable.columns!.slice(0, -1), column('Age', 'date')],
};

interface Scaled {
  readonly scale: Scale;
  readonly managedFields: ManagedFieldsEntry[] | undefined;
}

/** What the request makes of a Scale and its managers. */
function scalingOf(
  services: Services,
  call: ResourceRequest,
): (old: Scale, entries: ManagedFieldsEntry[] | undefined, breathe: Breathe | undefined) => Promise<Scaled> {
  const kind = trackedScale(services);
  const managed = (old: Scale, managedFields: ManagedFieldsEntry[] | undefined): Scale =>
    managedFields ? { ...old, metadata: { ...old.metadata, managedFields } } : old;
  if (isApply(call)) {
    const config = readConfig(call);
    return async (old, entries) => {
      if (!entries && call.served.definition.conversion) throw unmanaged;
      const { value, managedFields } = await applyAs(services, call, kind, config, managed(old, entries));
      if (call.served.definition.conversion && !deepEqual(value, old)) throw unscalable(config.object);
      const scale = decodeApplied(services, call, config, value, scaleSchema) as Scale;
      keepIdentity(call, scale, old);
      return { scale, managedFields };
    };
  }
  const sent = call.info.verb === 'update' ? decodeScale(services, call) : undefined;
  const manager = managerNameOf(call.request);
  return async (old, entries, breathe) => {
    const scale =
      structuredClone(sent) ?? (await applyPatch<Scale>(services, call, old, scaleSchema, breathe));
    if (!sent) keepIdentity(call, scale, old);
    const time = toRfc3339(services.clock.now());
    return { scale, managedFields: await trackedFields(kind, scale, managed(old, entries), manager, time) };
  };
}

/** Upstream cannot convert a custom resource's Scale, which is of another group: there is no manager to begin with. */
const unconverted = 'to proper version: request to convert CR to an invalid group/version: autoscaling/v1';
const unmanaged = statusError.unclassified(
  `failed to create manager for existing fields: failed to convert live object (/; autoscaling/v1, Kind=Scale) ${unconverted}`,
);

/** Nor can it convert what an applied configuration changes of one. */
function unscalable({ metadata: { namespace = '', name = '' } }: KubeObject): StatusError {
  return statusError.unclassified(
    `failed to convert new object (${namespace}/${name}; autoscaling/v1, Kind=Scale) ${unconverted}`,
  );
}

function decodeScale(services: Services, call: ResourceRequest): Scale {
  const scale = decodeAs(services, call, scaleSchema) as Scale;
  matchIdentity(call, scale);
  return scale;
}

/** Of a custom resource that says nothing of its replicas: a scaling has to (the least that int32 holds, as upstream has it). */
const unset = -(2 ** 31);

function mustSet({ spec }: Scale, { specReplicasPath }: ScaleSubresource): void {
  if (spec?.replicas !== unset) return;
  const path = JSON.stringify(specReplicasPath);
  throw statusError.badRequest(`the spec replicas field ${path} cannot be empty`);
}

/** Of built-in kinds; what is wrong with a custom resource's replicas, its own validation says. */
function checkReplicas({ spec }: Scale, { metadata }: KubeObject): void {
  const replicas = spec?.replicas ?? 0;
  if (Number.isInteger(replicas) && replicas >= 0) return;
  const error = fieldError.invalid('spec.replicas', replicas, 'must be greater than or equal to 0');
  throw statusError.invalid({ group: 'autoscaling', kind: 'Scale' }, metadata.name!, [error]);
}

/** Patches are told so here; of what is sent whole, the update itself tells. */
function checkUid({ what }: ServedResource, { metadata: { uid } }: Scale, { metadata }: KubeObject): void {
  if (!uid || uid === metadata.uid) return;
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
  throw statusError.conflict({ ...what, resource: `${what.resource}/scale` }, metadata.name!, why);
}

/** `resourceVersion`: the version that a client insists on. */
function withReplicas(
  current: KubeObject,
  scale: Scale,
  paths: ScaleSubresource,
  resourceVersion: string | undefined,
): KubeObject {
  const object = structuredClone(current);
  setPath(object, paths.specReplicasPath, scale.spec?.replicas ?? 0);
  if (resourceVersion) object.metadata.resourceVersion = resourceVersion;
  else delete object.metadata.resourceVersion;
  return object;
}

function scaleOf(object: KubeObject, paths: ScaleSubresource): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = getPath(object, paths.specReplicasPath) as number | undefined;
  const selector = paths.selectorPath === '' ? '' : selectorText(getPath(object, paths.selectorPath));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace ? { namespace } : {}), uid, resourceVersion, creationTimestamp },
    // Go's omitempty: none at all are not told.
    spec: { ...(replicas ? { replicas } : {}) },
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
