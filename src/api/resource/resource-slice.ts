import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { toRfc3339 } from '#base/clock.ts';
import { type StrategyContext, defineResource } from '../definition.ts';
import { dropDisabledDeviceFields, validateResourceSlice } from '../device-slice-validation.ts';
import type { ResourceSlice } from '../generated/types/resource.v1.ts';

/** A taint was added now, where the client does not say when. */
function timeTaints({ spec }: ResourceSlice, { nowMs }: StrategyContext): void {
  for (const { taints } of spec?.devices ?? []) {
    for (const taint of taints ?? []) taint.timeAdded ??= toRfc3339(nowMs);
  }
}

export const resourceSliceResource = defineResource<ResourceSlice>({
  group: 'resource.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.resource.v1.ResourceSlice' }],
  optionalVersions: [
    {
      version: 'v1beta2',
      schema: 'io.k8s.api.resource.v1beta2.ResourceSlice',
      deprecationWarning:
        'resource.k8s.io/v1beta2 ResourceSlice is deprecated in v1.36+, unavailable in v1.39+',
    },
  ],
  kind: 'ResourceSlice',
  resource: 'resourceslices',
  singular: 'resourceslice',
  namespaced: false,
  strategy: {
    returnDeletedObject: true,
    generation: true,
    setDefaults: dropDisabledDeviceFields,
    prepareForCreate: timeTaints,
    prepareForUpdate: (slice, _old, context) => timeTaints(slice, context),
    validate: (object, _context, old) => validateResourceSlice(object, old),
  },
  selectableFields: {
    'spec.driver': object => object.spec.driver ?? '',
    'spec.nodeName': object => object.spec.nodeName ?? '',
  },
  unselectable: field => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${field}`,
  columns: [nameColumn, column('Node'), column('Driver'), column('Pool'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.name,
    object.spec.nodeName ?? '',
    object.spec.driver,
    object.spec.pool?.name,
    age(object, nowMs),
  ],
});
