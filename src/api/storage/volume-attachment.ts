import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { VolumeAttachment } from '../generated/types/storage.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { startStatus } from '../strategies.ts';
import { immutable } from '../validation.ts';

function validate({ spec }: VolumeAttachment): FieldError[] {
  const path = FieldPath.of('spec');
  const { persistentVolumeName, inlineVolumeSpec } = spec.source ?? {};
  const errors: FieldError[] = [];
  if (!spec.attacher) errors.push(fieldError.required(path.child('attacher')));
  if (!spec.nodeName) errors.push(fieldError.required(path.child('nodeName')));
  const at = path.child('source');
  if (!persistentVolumeName && !inlineVolumeSpec) {
    errors.push(fieldError.required(at, 'must specify one of inlineVolumeSpec and persistentVolumeName'));
  } else if (persistentVolumeName && inlineVolumeSpec) {
    const detail = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
    errors.push(fieldError.forbidden(at, detail));
  }
  return errors;
}

export const volumeAttachmentResource = defineResource<VolumeAttachment>({
  group: 'storage.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.storage.v1.VolumeAttachment' }],
  kind: 'VolumeAttachment',
  resource: 'volumeattachments',
  singular: 'volumeattachment',
  namespaced: false,
  statusSubresource: true,
  strategy: {
    allowUnconditionalUpdate: false,
    generation: false,
    prepareForCreate: startStatus<VolumeAttachment>({ attached: false }),
    validate,
    validateUpdate: (object, old) => immutable(FieldPath.of('spec'), object.spec, old.spec),
    returnDeletedObject: true,
  },
  columns: [
    nameColumn,
    { ...column('Attacher'), format: 'name' },
    column('PV'),
    column('Node'),
    column('Attached', 'boolean'),
    ageColumn,
  ],
  row: (object, nowMs) => [
    object.metadata.name,
    object.spec.attacher,
    object.spec.source?.persistentVolumeName ?? '',
    object.spec.nodeName,
    object.status?.attached ?? false,
    age(object, nowMs),
  ],
});
