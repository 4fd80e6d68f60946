import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { CSIDriver } from '../generated/types/storage.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { immutable, optionalOneOf } from '../validation.ts';

function setDefaults({ spec }: CSIDriver): void {
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
  if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
}

const driverNameMax = 63;
const mutableFields = ['tokenRequests', 'requiresRepublish', 'seLinuxMount', 'storageCapacity'] as const;

/** Each change of what a driver may change counts. */
function prepareForUpdate(object: CSIDriver, old: CSIDriver): void {
  if (mutableFields.every(name => deepEqual(object.spec[name], old.spec[name]))) return;
  object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

function validate({ metadata, spec }: CSIDriver): FieldError[] {
  const path = FieldPath.of('spec');
  const audiences = (spec.tokenRequests ?? []).map(request => request.audience);
  return [
    ...((metadata.name ?? '').length > driverNameMax
      ? [fieldError.tooLong(FieldPath.of('metadata', 'name'), driverNameMax)]
      : []),
    ...optionalOneOf(path.child('fsGroupPolicy'), spec.fsGroupPolicy, [
      'File',
      'None',
      'ReadWriteOnceWithFSType',
    ]),
    ...(spec.volumeLifecycleModes ?? []).flatMap(mode =>
      optionalOneOf(path.child('volumeLifecycleModes'), mode, ['Ephemeral', 'Persistent']),
    ),
    ...audiences.flatMap((audience, i) =>
      audiences.indexOf(audience) < i
        ? [fieldError.duplicate(path.child('tokenRequests').index(i).child('audience'), audience)]
        : [],
    ),
  ];
}

function validateUpdate({ spec }: CSIDriver, { spec: old }: CSIDriver): FieldError[] {
  const path = FieldPath.of('spec');
  return (['attachRequired', 'podInfoOnMount', 'volumeLifecycleModes'] as const).flatMap(name =>
    immutable(path.child(name), spec[name], old[name]),
  );
}

export const csiDriverResource = defineResource<CSIDriver>({
  group: 'storage.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.storage.v1.CSIDriver' }],
  kind: 'CSIDriver',
  resource: 'csidrivers',
  singular: 'csidriver',
  namespaced: false,
  strategy: {
    allowUnconditionalUpdate: false,
    setDefaults,
    prepareForUpdate,
    validate,
    validateUpdate,
    returnDeletedObject: true,
  },
  columns: [
    nameColumn,
    column('AttachRequired', 'boolean'),
    column('PodInfoOnMount', 'boolean'),
    column('StorageCapacity', 'boolean'),
    column('TokenRequests'),
    column('RequiresRepublish', 'boolean'),
    column('Modes'),
    ageColumn,
  ],
  row: (object, nowMs) => {
    const { spec } = object;
    return [
      object.metadata.name,
      spec.attachRequired ?? true,
      spec.podInfoOnMount ?? false,
      spec.storageCapacity ?? false,
      spec.tokenRequests?.map(request => request.audience).join(',') ?? '<unset>',
      spec.requiresRepublish ?? false,
      spec.volumeLifecycleModes?.join(',') || '<none>',
      age(object, nowMs),
    ];
  },
});
