import { ownMetadata } from '../strategies.ts';
import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ResourceClaim } from '../generated/types/resource.v1.ts';
import { setDeviceClaimDefaults } from '../device-claim-defaults.ts';
import { FieldPath } from '#machinery/field.ts';
import { dropFreedDevices, validateClaimStatusUpdate } from '../device-status-validation.ts';
import { validateNewDeviceClaim } from '../device-claim-validation.ts';
import { startStatus } from '../strategies.ts';
import { immutable } from '../validation.ts';

function stateText(object: ResourceClaim): string {
  const deleted = object.metadata.deletionTimestamp ? ['deleted'] : [];
  if (!object.status?.allocation) return deleted[0] ?? 'pending';
  const reserved = object.status.reservedFor?.length ? ['reserved'] : [];
  return [...deleted, 'allocated', ...reserved].join(',');
}

export const resourceClaimResource = defineResource<ResourceClaim>({
  group: 'resource.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.resource.v1.ResourceClaim' }],
  optionalVersions: [
    {
      version: 'v1beta2',
      schema: 'io.k8s.api.resource.v1beta2.ResourceClaim',
      deprecationWarning:
        'resource.k8s.io/v1beta2 ResourceClaim is deprecated in v1.36+, unavailable in v1.39+',
    },
  ],
  kind: 'ResourceClaim',
  resource: 'resourceclaims',
  singular: 'resourceclaim',
  namespaced: true,
  statusSubresource: true,
  withoutTable: ['status'],
  strategy: {
    metadataPasses: { update: ['create', 'update'] },
    returnDeletedObject: true,
    statusKeeps: ownMetadata,
    generation: false,
    setDefaults: object => setDeviceClaimDefaults(object.spec?.devices),
    prepareForCreate: startStatus<ResourceClaim>({}),
    prepareForStatusUpdate: dropFreedDevices,
    validate: (object, context, old) =>
      old ? [] : validateNewDeviceClaim(FieldPath.of('spec', 'devices'), object.spec?.devices, context),
    validateUpdate: (object, old) =>
      immutable(FieldPath.of('spec'), object.spec, old.spec, 'resource.ResourceClaimSpec'),
    validateStatusUpdate: validateClaimStatusUpdate,
  },
  columns: [nameColumn, column('State'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, stateText(object), age(object, nowMs)],
});
