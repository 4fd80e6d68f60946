import { ownMetadata } from '../strategies.ts';
import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { VolumeAttachment, VolumeAttachmentSource, VolumeError } from '../generated/types/storage.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { utf8Length } from '#machinery/bytes.ts';
import { startStatus } from '../strategies.ts';
import { checkDns1123Subdomain, rangeError } from '#machinery/names.ts';
import { validateInlineVolume } from '../persistent-volume-validation.ts';
import { validateDriverName } from '../storage-sources.ts';
import { definedName, immutable, invalidEach } from '../validation.ts';

const path = FieldPath.of('spec');
const metadataBytesMax = 256 * 1024;
const messageBytesMax = 1024;
const int32Max = 2 ** 31 - 1;

function validateSource({
  persistentVolumeName: name,
  inlineVolumeSpec,
}: VolumeAttachmentSource): FieldError[] {
  const at = path.child('source');
  const one = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (name === undefined && !inlineVolumeSpec) return [fieldError.required(at, one)];
  if (name !== undefined && inlineVolumeSpec) return [fieldError.forbidden(at, one)];
  if (inlineVolumeSpec) return validateInlineVolume(at.child('inlineVolumeSpec'), inlineVolumeSpec);
  return name === ''
    ? [fieldError.required(at.child('persistentVolumeName'), 'must specify non empty persistentVolumeName')]
    : [];
}

function validate({ spec }: VolumeAttachment): FieldError[] {
  const node = spec.nodeName ?? '';
  return [
    ...validateDriverName(path.child('attacher'), spec.attacher),
    ...validateSource(spec.source ?? {}),
    ...invalidEach(path.child('nodeName'), node, checkDns1123Subdomain(node)),
    ...definedName(
      path.child('source', 'persistentVolumeName'),
      spec.source?.persistentVolumeName,
      checkDns1123Subdomain,
    ),
  ];
}

function validateStatusUpdate({ status }: VolumeAttachment): FieldError[] {
  const at = FieldPath.of('status');
  const metadata = Object.entries(status?.attachmentMetadata ?? {}).flat();
  const bytes = metadata.reduce((sum, text) => sum + utf8Length(text), 0);
  return [
    ...(bytes > metadataBytesMax
      ? [fieldError.tooLong(at.child('attachmentMetadata'), metadataBytesMax)]
      : []),
    ...validateError(at.child('attachError'), status?.attachError),
    ...validateError(at.child('detachError'), status?.detachError),
  ];
}

/** The code is that of a gRPC call (KEP-4876). */
function validateError(at: FieldPath, { message = '', errorCode }: VolumeError = {}): FieldError[] {
  const errors: FieldError[] = [];
  // Upstream tells the bound of the metadata here.
  if (utf8Length(message) > messageBytesMax)
    errors.push(fieldError.tooLong(at.child('message'), metadataBytesMax));
  if (errorCode !== undefined && errorCode < 0)
    errors.push(fieldError.invalid(at.child('errorCode'), errorCode, rangeError(0, int32Max)));
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
    metadataPasses: { update: ['create'] },
    statusKeeps: ownMetadata,
    allowUnconditionalUpdate: false,
    generation: false,
    prepareForCreate: startStatus<VolumeAttachment>({ attached: false }),
    validate,
    validateStatusUpdate,
    validateUpdate: (object, old) => immutable(path, object.spec, old.spec, 'storage.VolumeAttachmentSpec'),
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
