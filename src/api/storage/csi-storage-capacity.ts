import { defineResource } from '../definition.ts';
import type { CSIStorageCapacity } from '../generated/types/storage.v1.ts';
import { type FieldError, FieldPath } from '#machinery/field.ts';
import { validateLabelSelector } from '#machinery/selectors.ts';
import { nodeSelectorWarnings } from '../node-label-warnings.ts';
import { dns1123Subdomain, immutable, nonNegativeQuantity } from '../validation.ts';

function validate(object: CSIStorageCapacity): FieldError[] {
  return [
    ...validateLabelSelector(object.nodeTopology, FieldPath.of('nodeTopology')),
    ...dns1123Subdomain(FieldPath.of('storageClassName'), object.storageClassName ?? ''),
    ...(object.capacity === undefined ? [] : nonNegativeQuantity(FieldPath.of('capacity'), object.capacity)),
  ];
}

function validateUpdate(object: CSIStorageCapacity, old: CSIStorageCapacity): FieldError[] {
  return [
    ...immutable(FieldPath.of('nodeTopology'), object.nodeTopology, old.nodeTopology),
    ...immutable(FieldPath.of('storageClassName'), object.storageClassName, old.storageClassName),
  ];
}

export const csiStorageCapacityResource = defineResource<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.storage.v1.CSIStorageCapacity' }],
  kind: 'CSIStorageCapacity',
  resource: 'csistoragecapacities',
  singular: 'csistoragecapacity',
  namespaced: true,
  strategy: {
    metadataPasses: { update: ['create', 'update'] },
    allowUnconditionalUpdate: false,
    validate,
    validateUpdate,
    warnings: object => nodeSelectorWarnings(FieldPath.of('nodeTopology'), object.nodeTopology),
  },
});
