import { age, ageColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ResourceClaimTemplate } from '../generated/types/resource.v1.ts';
import { setDeviceClaimDefaults } from '../device-claim-defaults.ts';
import { FieldPath } from '#machinery/field.ts';
import { validateTemplateMetadata } from '../claim-spec-validation.ts';
import { validateNewDeviceClaim } from '../device-claim-validation.ts';
import { immutable } from '../validation.ts';

export const resourceClaimTemplateResource = defineResource<ResourceClaimTemplate>({
  group: 'resource.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.resource.v1.ResourceClaimTemplate' }],
  optionalVersions: [
    {
      version: 'v1beta2',
      schema: 'io.k8s.api.resource.v1beta2.ResourceClaimTemplate',
      deprecationWarning:
        'resource.k8s.io/v1beta2 ResourceClaimTemplate is deprecated in v1.36+, unavailable in v1.39+',
    },
  ],
  kind: 'ResourceClaimTemplate',
  resource: 'resourceclaimtemplates',
  singular: 'resourceclaimtemplate',
  namespaced: true,
  strategy: {
    metadataPasses: { update: ['create', 'update'] },
    returnDeletedObject: true,
    setDefaults: object => setDeviceClaimDefaults(object.spec?.spec?.devices),
    validate: ({ spec }, context) => [
      ...validateTemplateMetadata(FieldPath.of('spec', 'metadata'), spec?.metadata),
      ...validateNewDeviceClaim(FieldPath.of('spec', 'spec', 'devices'), spec?.spec?.devices, context),
    ],
    validateUpdate: (object, old) =>
      immutable(FieldPath.of('spec'), object.spec, old.spec, 'resource.ResourceClaimTemplateSpec'),
  },
  columns: [nameColumn, ageColumn],
  row: (object, nowMs) => [object.metadata.name, age(object, nowMs)],
});
