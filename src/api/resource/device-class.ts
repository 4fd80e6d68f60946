import { age, ageColumn, nameColumn } from '../columns.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkQualifiedName } from '#machinery/names.ts';
import { defineResource } from '../definition.ts';
import { validateConfiguration, validateItems, validateSelectors } from '../device-validation.ts';
import type { DeviceClass } from '../generated/types/resource.v1.ts';

const path = FieldPath.of('spec');
const configsMax = 32;
const extendedNameMax = 63 + 1 + 253;

/** A name outside Kubernetes' own domains, by which pods may ask for devices as for other resources. */
function validateExtendedName(name: string | undefined): FieldError[] {
  if (name === undefined) return [];
  const isNative = !name.includes('/') || name.split('/')[0]!.endsWith('kubernetes.io');
  const isValid =
    !isNative &&
    name.length <= extendedNameMax &&
    !name.startsWith('requests.') &&
    checkQualifiedName(`requests.${name}`).length === 0;
  if (isValid) return [];
  const at = path.child('extendedResourceName');
  return [fieldError.invalid(at, name, 'must be a valid extended resource name')];
}

export const deviceClassResource = defineResource<DeviceClass>({
  group: 'resource.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.resource.v1.DeviceClass' }],
  optionalVersions: [
    {
      version: 'v1beta2',
      schema: 'io.k8s.api.resource.v1beta2.DeviceClass',
      deprecationWarning:
        'resource.k8s.io/v1beta2 DeviceClass is deprecated in v1.36+, unavailable in v1.39+',
    },
  ],
  kind: 'DeviceClass',
  resource: 'deviceclasses',
  singular: 'deviceclass',
  namespaced: false,
  strategy: {
    metadataPasses: { update: ['create', 'update'] },
    returnDeletedObject: true,
    generation: true,
    // What has been taken once stays.
    validate: ({ spec }, _context, old) => [
      ...(old && deepEqual(spec.selectors, old.spec.selectors)
        ? []
        : validateSelectors(path.child('selectors'), spec.selectors)),
      ...(old && deepEqual(spec.config, old.spec.config)
        ? []
        : validateItems(path.child('config'), spec.config, configsMax, validateConfiguration)),
      ...validateExtendedName(spec.extendedResourceName),
    ],
  },
  columns: [nameColumn, ageColumn],
  row: (object, nowMs) => [object.metadata.name, age(object, nowMs)],
});
